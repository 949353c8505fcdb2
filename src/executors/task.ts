import { finalize, Observable, type InteropObservable } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import type { Valve } from '../backpressure/valve.js';
import type { Executor, TaskFunction } from './executor.js';

/** Marks a task handle; not exported, so that nothing else can pass for one. */
const binding: unique symbol = Symbol.for('rxjs-background.task/1') as never;

/** Where a task handle's calls go. */
export interface TaskBinding {
  readonly executor: Executor;
  readonly task: string | TaskFunction;
}

/** What calling a task gives: a cold Observable that runs when subscribed and stops when not. */
export interface TaskCall$<R> extends Observable<R> {
  readonly [binding]?: never;
}

/**
 * A function bound to an executor. Calling it gives a cold Observable of its result: each subscription runs it once,
 * unsubscribing stops it.
 *
 * Subscribed inside a delivery of a pausable source, it holds that source while its executor has no free slot.
 */
export interface Task<in Args extends readonly unknown[], out R> {
  (...args: Args): TaskCall$<R>;
  readonly [binding]: TaskBinding;
}

/**
 * The values that a task's or project's result stands for: a promise's value, each value of an Observable, an async
 * iterable or an iterator, and anything else as it is.
 */
export type Emitted<R> =
  Awaited<R> extends infer A
    ? A extends Observable<infer V>
      ? V
      : A extends InteropObservable<infer V> | AsyncIterable<infer V>
        ? V
        : A extends { next(): IteratorResult<infer V, unknown> }
          ? V
          : A
    : never;

/** The tasks of a module: each of its exported functions, bound to an executor. `dispose` is not a task. */
export type Tasks<M> = {
  readonly [K in keyof M as M[K] extends TaskFunction ? (K extends 'dispose' ? never : K) : never]: M[K] extends (
    ...args: infer Args
  ) => infer R
    ? Task<Args, Emitted<R>>
    : never;
};

/** An executor of one task module, with its tasks. */
export interface ModuleExecutor<M> extends Executor {
  readonly tasks: Tasks<M>;
}

/** The binding of a task handle, or `undefined` for anything else. */
export function bindingOf(candidate: unknown): TaskBinding | undefined {
  return typeof candidate === 'function' ? (candidate as Partial<Task<never, unknown>>)[binding] : undefined;
}

/** Binds a task to an executor. */
export function bindTask<Args extends readonly unknown[], R>(bound: TaskBinding): Task<Args, R> {
  const task = (...args: Args): Observable<R> => callOnce(bound, args);
  return Object.defineProperty(task, binding, { value: bound }) as Task<Args, R>;
}

/** The task handles of a module whose names are not known here: each is made when it is first asked for. */
export function bindTasks<M>(executor: Executor): Tasks<M> {
  const made = new Map<string, Task<unknown[], unknown>>();
  return new Proxy(Object.create(null) as Tasks<M>, {
    get(_, name) {
      // `then` would make the whole object awaitable.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let task = made.get(name);
      if (task === undefined) {
        task = bindTask({ executor, task: name });
        made.set(name, task);
      }
      return task;
    },
  });
}

function callOnce<R>({ executor, task }: TaskBinding, args: readonly unknown[]): Observable<R> {
  return new Observable<R>((subscriber) => {
    const valve = currentValve();
    let settled = false;
    const cancel = executor.execute(
      { task, args, attempt: 1 },
      {
        started: () => undefined,
        result: (value) => {
          settled = true;
          subscriber.next(value as R);
          subscriber.complete();
        },
        stream: (values$) => {
          (values$ as Observable<R>).pipe(finalize(() => (settled = true))).subscribe(subscriber);
        },
        failed: (error) => {
          settled = true;
          subscriber.error(error);
        },
      },
    );
    subscriber.add(cancel);
    if (valve === undefined || subscriber.closed) return;
    const release = holdWhileFull(valve, executor);
    // A call that ends leaves the hold to the executor, which may be full again by then; one that is given up does not.
    subscriber.add(() => {
      if (!settled) release();
    });
  });
}

/** Holds `valve` until `executor` has a free slot, or until the returned function is called. */
function holdWhileFull(valve: Valve, executor: Executor): () => void {
  if (executor.free > 0) return () => undefined;
  const release = valve.hold();
  const stopListening = executor.onRoom(() => {
    if (executor.free > 0) end();
  });
  const end = (): void => {
    stopListening();
    release();
  };
  return end;
}
