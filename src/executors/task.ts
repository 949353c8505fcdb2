import { Observable, tap } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import { releaseLater } from '../backpressure/release-later.js';
import type { Valve } from '../backpressure/valve.js';
import { captureSite, closeSite, openSite, type CallSite } from '../call-site.js';
import type { Executor } from './executor.js';
import type { TaskFunction } from './task-function.js';

/** Marks a task handle; not exported, so that nothing else can pass for one. */
const binding: unique symbol = Symbol.for('rxjs-background.task/1') as never;

/** Where a task handle's calls go. */
export interface TaskBinding {
  readonly executor: Executor;
  readonly task: string | TaskFunction;
}

/** Marks the call of a task, so that the compiler can tell a function that makes one. */
declare const called: unique symbol;

/** What calling a task gives: a cold Observable that runs when subscribed and stops when not. */
export interface TaskCall$<out R> extends Observable<R> {
  readonly [called]: true;
}

/** An Observable that is not the call of a task. */
export type PlainObservable<R> = Observable<R> & { readonly [called]?: never };

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
 *
 * What a promise of any type `R` stands for depends on whether an `R` streams. Where it never does, a function for any `R` can say
 * so: `asyncMap<T, Promise<R>, R>(project)`.
 */
export type Emitted<R> = Streamed<Awaited<R>>;

// One question after another: asked all at once, TypeScript mixes the answers.
type Streamed<A> =
  A extends AsyncIterable<infer V>
    ? V
    : A extends Observable<infer V> | { subscribe(observer: { next: (value: infer V) => void }): unknown }
      ? V
      : A extends { next(): IteratorResult<infer V, unknown> }
        ? V
        : A;

/**
 * The tasks of a module: each of its exported functions, bound to an executor. `dispose` is not a task; nor is `then`, which
 * would make of the whole something to be awaited.
 */
export type Tasks<M> = {
  readonly [
    K in keyof M as M[K] extends TaskFunction ? (K extends 'dispose' | 'then' ? never : K) : never
  ]: M[K] extends (...args: infer Args) => infer R ? Task<Args, Emitted<R>> : never;
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
  // Asked for with each call: which executor it is may change.
  const task = (...args: Args): TaskCall$<R> => {
    if (!bound.executor.crossesBoundary) return callOnce(bound, args, undefined);
    const site = openSite();
    if (site !== undefined) {
      captureSite(site, task);
      closeSite();
    }
    return callOnce(bound, args, site);
  };
  const name = typeof bound.task === 'string' ? bound.task : bound.task.name;
  return Object.defineProperties(task, { [binding]: { value: bound }, name: { value: name } }) as unknown as Task<
    Args,
    R
  >;
}

/**
 * The tasks of a module, bound to an executor, which may be one of your own. Their names need not be known here: each handle is
 * made when it is first asked for, and what the executor has no task for fails when it is called.
 *
 * @example
 * ```ts
 * const elsewhere: Executor = connect('worker.example.org');
 * rows$.pipe(backgroundMap(bindTasks<typeof tasks>(elsewhere).parse))
 * ```
 */
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

function callOnce<R>(
  { executor, task }: TaskBinding,
  args: readonly unknown[],
  site: CallSite | undefined,
): TaskCall$<R> {
  const call$ = new Observable<R>((subscriber) => {
    const valve = currentValve();
    let settled = false;
    const cancel = executor.execute(
      { task, args, attempt: 1, site },
      {
        result: (value) => {
          settled = true;
          subscriber.next(value as R);
          subscriber.complete();
        },
        stream: (values$) => {
          const settle = (): void => {
            settled = true;
          };
          (values$ as Observable<R>).pipe(tap({ error: settle, complete: settle })).subscribe(subscriber);
        },
        failed: (error) => {
          settled = true;
          subscriber.error(error);
        },
      },
    );
    subscriber.add(cancel);
    if (valve === undefined || subscriber.closed) return;
    const isGivenUp = (): boolean => subscriber.closed && !settled;
    const release = holdWhileFull(valve, executor, isGivenUp);
    // A call that ends leaves the hold to the executor, which may be full again by then; one that is given up does not.
    subscriber.add(() => {
      if (isGivenUp()) release();
    });
  });
  return call$ as TaskCall$<R>;
}

/** Holds `valve` until `executor` has a free slot, or until the returned function is called. */
function holdWhileFull(valve: Valve, executor: Executor, isGivenUp: () => boolean): () => void {
  if (executor.free > 0) return () => undefined;
  const release = valve.hold();
  const stopListening = executor.onRoom(() => {
    if (executor.free > 0) end();
  });
  const end = (): void => {
    stopListening();
    if (isGivenUp()) releaseLater(release);
    else release();
  };
  return end;
}
