import type { TaskContext } from './task-context.js';

/** How the context of the running task is found. A platform that can follow asynchronous calls replaces it. */
export interface ContextStore {
  get(): TaskContext | undefined;
  run<A, R>(context: TaskContext, work: (argument: A) => R, argument: A): R;
}

/** Told to a context that is given to whoever asks for it. The same for all copies of the package. */
export const shown: unique symbol = Symbol.for('rxjs-background.shown/1') as never;

/** A context that several calls share, one after another, until one of them sees it. */
export interface SharedContext {
  readonly [shown]?: () => void;
}

let synchronous: TaskContext | undefined;

// One for all copies of the package, as the entry that runs a task and the module that asks may have come from two.
const slot: unique symbol = Symbol.for('rxjs-background.task-context/1') as never;
const realm = globalThis as { [slot]?: ContextStore };

/** How contexts are kept now. */
export function contextStore(): ContextStore {
  return (realm[slot] ??= {
    get: () => synchronous,
    run(context, work, argument) {
      const previous = synchronous;
      synchronous = context;
      try {
        return work(argument);
      } finally {
        synchronous = previous;
      }
    },
  });
}

/** Replaces how contexts are kept, for all copies of the package. */
export function useContextStore(replacement: ContextStore): void {
  realm[slot] = replacement;
}

/**
 * Calls `work` as the task that `context` describes: what `currentTask()` gives inside it.
 *
 * Use it in an executor of your own, around the task's function.
 *
 * @example
 * ```ts
 * const stop = new AbortController();
 * const context = { signal: stop.signal, get stopped() { return stop.signal.aborted; }, attempt: call.attempt, data: undefined };
 * const result = runAsTask(context, () => work(...call.args));
 * ```
 */
export function runAsTask<R>(context: TaskContext, work: () => R): R;
export function runAsTask<A, R>(context: TaskContext, work: (argument: A) => R, argument: A): R;
export function runAsTask<R>(context: TaskContext, work: (argument?: unknown) => R, argument?: unknown): R {
  return contextStore().run(context, work, argument);
}

/** The context of the running task; `undefined` when none runs. */
export function contextInUse(): TaskContext | undefined {
  const context = contextStore().get();
  (context as SharedContext | undefined)?.[shown]?.();
  return context;
}

/**
 * The task that is running: its `signal`, whether it has been `stopped`, its `attempt`, and the executor's `data`.
 *
 * In a worker it can be called anywhere inside the task. On a platform that cannot follow asynchronous calls, a task
 * run by `inline()` calls it before its first `await` and keeps what it gets.
 *
 * @throws Error when no task is running.
 * @example
 * ```ts
 * export function search(from: number): number {
 *   const task = currentTask();
 *   let n = from;
 *   while (!task.stopped && !isPrime(n)) n++;
 *   return n;
 * }
 * ```
 */
export function currentTask(): TaskContext {
  const context = contextInUse();
  if (context === undefined) {
    throw new Error(
      'currentTask() was called while no task is running. Call it inside a task; in one that awaits, before the first await, and keep the result.',
    );
  }
  return context;
}
