import type { TaskContext } from './task-context.js';

/** What tells which call is running: its context, or its number, for calls that few ask about. */
export type Running = TaskContext | number | undefined;

/** How the running call is found. A platform that can follow asynchronous calls replaces it; an `AsyncLocalStorage` will do. */
export interface ContextStore {
  getStore(): Running;
  run<A, R>(running: Running, work: (argument: A) => R, argument: A): R;
  /** What runs from here on belongs to `running`, until the next one is entered. */
  enterWith(running: Running): void;
}

/** Who knows the calls that are numbers. */
export interface NumberedCalls {
  callOf(serial: number): TaskContext;
}

let synchronous: Running;

// One for all copies of the package, as the entry that runs a task and the module that asks may have come from two.
const slot: unique symbol = Symbol.for('rxjs-background.task-context/2') as never;
const numbered: unique symbol = Symbol.for('rxjs-background.numbered-calls/1') as never;
const realm = globalThis as { [slot]?: ContextStore; [numbered]?: NumberedCalls };

/** How contexts are kept now. */
export function contextStore(): ContextStore {
  return (realm[slot] ??= {
    getStore: () => synchronous,
    run(running, work, argument) {
      const previous = synchronous;
      synchronous = running;
      try {
        return work(argument);
      } finally {
        synchronous = previous;
      }
    },
    enterWith(running) {
      synchronous = running;
    },
  });
}

/** Replaces how contexts are kept, for all copies of the package. */
export function useContextStore(replacement: ContextStore): void {
  realm[slot] = replacement;
}

/** Says who knows the calls that are entered as numbers. */
export function useNumberedCalls(calls: NumberedCalls): void {
  realm[numbered] = calls;
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
  const store = contextStore();
  const running = store.getStore();
  if (typeof running !== 'number') return running;
  const context = realm[numbered]?.callOf(running);
  // What starts from here on finds the same.
  store.enterWith(context);
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
