import type { MessagePort } from 'node:worker_threads';
import { contextInUse } from '../../worker/current-task.js';
import { encodeThrown } from '../../worker/encode-error.js';
import type { FromWorker, ToWorker } from '../../worker/protocol.js';
import { SharedCells } from '../../worker/shared-cells.js';
import { TaskRunner } from '../../worker/task-runner.js';
import { isTuple, outcomesTuple, runMessage, type RunTuple } from '../../worker/tuples.js';
import { WorkerCall } from '../../worker/worker-call.js';
import { followAsyncCalls } from './async-context.js';
import { CallFrames, entersDearly } from './call-frames.js';
import { sharedNow } from './shared-now.js';

/** What a new thread is given. */
export interface Opening {
  readonly port: MessagePort;
  /** The memory that both sides share. */
  readonly memory: SharedArrayBuffer;
  readonly executor: string;
  /** The task module's URL; none where only functions are run. */
  readonly module: string | undefined;
  readonly data: unknown;
}

/** Gives what a module exports, by its absolute URL. */
export type LoadModule = (url: string) => Promise<object> | object;

followAsyncCalls(entersDearly() ? () => new CallFrames() : undefined);

/**
 * What a new thread calls, once. It returns at once, so that a module that never finishes loading keeps nobody waiting in
 * the pool; everything from here on goes through the port.
 *
 * @public - the starter finds it by its name.
 */
export function open({ port, memory, executor, module, data }: Opening, loadModule: LoadModule): void {
  const post = (message: FromWorker, transfer: readonly unknown[] = []): void => {
    const sent = message.type === 'outcomes' ? outcomesTuple(message) : message;
    if (transfer.length === 0) port.postMessage(sent);
    else port.postMessage(sent, transfer as never);
  };
  const runner = new TaskRunner({ executor, data, cells: new SharedCells(memory), now: sharedNow, after, post });
  reportCrashes(runner, post);
  port.on('messageerror', (error) => {
    post({ type: 'unreadable', thrown: encodeThrown(error) });
  });
  port.on('message', (message: ToWorker | RunTuple) => {
    if (isTuple(message)) runner.run(runMessage(message));
    else if (message.type === 'run') runner.run(message);
    else if (message.type === 'stop') runner.stop(message.serial);
    else if (message.type === 'grant') runner.grant(message.serial, message.count);
    else void runner.dispose();
  });
  if (module === undefined) post({ type: 'loaded' });
  else void load(() => loadModule(module), runner, post);
}

function after(ms: number, work: () => void): void {
  setTimeout(work, ms);
}

async function load(
  module: () => Promise<object> | object,
  runner: TaskRunner,
  post: (message: FromWorker) => void,
): Promise<void> {
  try {
    runner.module = await module();
  } catch (error) {
    post({ type: 'unloadable', thrown: encodeThrown(error) });
    return;
  }
  post({ type: 'loaded' });
}

/** Says what killed the thread, and spares the running call what an earlier one left behind. */
function reportCrashes(runner: TaskRunner, post: (message: FromWorker) => void): void {
  process.on('uncaughtException', (error) => {
    // A module that handles these itself decides for itself.
    if (process.listenerCount('uncaughtException') > 1) return;
    const culprit = contextInUse();
    const late = runner.busy && culprit instanceof WorkerCall && culprit.ended;
    post({ type: 'crash', thrown: encodeThrown(error), late });
    if (!late) process.exit(1);
  });
}
