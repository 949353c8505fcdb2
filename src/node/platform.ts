import { AsyncLocalStorage } from 'node:async_hooks';
import { TaskCancelledError } from '../errors.js';
import { followAsyncCalls } from '../executors/threads/async-context.js';
import type { Interruptible, Scope } from '../jobs/platform.js';
import { exitCodeOf, onFirstSignal } from './signals.js';

/** How long tasks have to end by themselves before their threads are killed. */
const graceMs = 10;

/** A scope that is known behind an `await` and inside callbacks, too. */
export function makeScope<T>(): Scope<T> {
  followAsyncCalls();
  const storage = new AsyncLocalStorage<T | undefined>();
  return {
    get: () => storage.getStore(),
    run: (current, work) => storage.run(current, work),
  };
}

const interruptibles = new Set<Interruptible>();
let stopListening: (() => void) | undefined;

/** Has an interruption stop `interruptible` and end the process. Returns what takes that back. */
export function stopOnInterrupt(_where: string, interruptible: Interruptible): () => void {
  interruptibles.add(interruptible);
  stopListening ??= onFirstSignal(['SIGINT', 'SIGTERM'], (signal) => {
    void stopAll(signal);
  });
  return () => {
    interruptibles.delete(interruptible);
    if (interruptibles.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  };
}

/** Stops everything, sees every worker gone, cleans up, and leaves. */
async function stopAll(signal: NodeJS.Signals): Promise<void> {
  // For the case, too, that nothing is left to keep the process waiting for what cleans up.
  process.exitCode = exitCodeOf(signal);
  const stopped = [...interruptibles];
  const executors = new Set(stopped.flatMap((one) => [...one.executors()]));
  // Nobody may have to catch what is only the news that the process is leaving.
  process.on('uncaughtException', (error) => {
    if (!(error instanceof TaskCancelledError)) console.error(error);
  });
  for (const interruptible of stopped) interruptible.stop(signal);
  await new Promise((resolve) => setTimeout(resolve, graceMs));
  await Promise.allSettled([...executors].map((executor) => executor.close({ force: true })));
  await Promise.all(stopped.map(({ cleanUp }) => cleanedUp(cleanUp, signal)));
  process.exit(exitCodeOf(signal));
}

/** One that fails keeps neither the others from cleaning up nor the process from leaving. */
async function cleanedUp(cleanUp: Interruptible['cleanUp'], signal: NodeJS.Signals): Promise<void> {
  try {
    await cleanUp?.(signal);
  } catch (error) {
    console.error(error);
  }
}
