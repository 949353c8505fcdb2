import type { OperatorFunction } from 'rxjs';
import { defaultExecutor } from '../executors/default-executor.js';
import { describeTask } from '../executors/describe-task.js';
import type { Executor } from '../executors/executor.js';
import {
  bindingOf,
  type Emitted,
  type PlainObservable,
  type Task,
  type TaskBinding,
  type TaskCall$,
} from '../executors/task.js';
import { checkDuration, checkFunction, shown } from '../options.js';
import type { StartAttempt } from './attempt.js';
import { underPolicy, type Settled } from './call-policy.js';
import { mapCalls } from './map-calls.js';
import {
  checkMapOptions,
  defaultMaxPending,
  sharedOptionNames,
  type ErrorOption,
  type LooseMapOptions,
  type MapOptions,
  type SettleOption,
} from './map-options.js';
import type { Sentinel } from './timeout.js';

/** The options of `backgroundMap` beyond those it shares with `asyncMap`. */
export interface BackgroundOptions<T> {
  /** Values per message: `'auto'` (default) or 1. The task gets them one at a time either way. */
  readonly chunkSize?: 'auto' | 1;
  /** Milliseconds a cancelled or late task may take to end by itself before its worker is killed. Default 100. */
  readonly graceMs?: number;
  /** What of a value to move instead of copying, where it can be moved. It is gone here then, so not with `retry`. */
  readonly transfer?: (value: T) => readonly object[];
  /** Where a plain function runs. Default: the default executor, see `configureDefault`. Not with a task handle. */
  readonly executor?: Executor;
}

export interface ArgsOption<T, Args extends readonly unknown[]> {
  /** More arguments for the task, after the value. */
  readonly args: readonly [...Args] | ((value: T, index: number) => readonly [...Args]);
}

/**
 * A function that uses nothing from outside itself, so that its text can run elsewhere. One that gives the call of a task
 * closes over its executor, and is none.
 */
export type SelfContained<Args extends readonly unknown[], R> = (
  ...args: Args
) => R extends TaskCall$<unknown> ? never : R | PlainObservable<R>;

const optionNames = [
  ...sharedOptionNames,
  'args',
  'chunkSize',
  'graceMs',
  'transfer',
  'streamAhead',
  'executor',
] as const;

interface LooseBackgroundOptions<T> extends LooseMapOptions<T> {
  readonly args?: readonly unknown[] | ((value: T, index: number) => readonly unknown[]);
  readonly chunkSize?: unknown;
  readonly graceMs?: number;
  readonly transfer?: (value: T) => readonly object[];
  readonly streamAhead?: unknown;
  readonly executor?: Executor;
}

/**
 * Maps each value through a task that runs elsewhere: on worker threads, in Web Workers, on other machines, or, with an
 * `inline` executor, here. Holds the source while there is no room.
 *
 * Use it for work that keeps a processor busy; for what only waits, `asyncMap` does the same on this thread.
 *
 * ```text
 * source                                a--b--c--d|
 * backgroundMap(task), two at once      -----A--B--C--(D|)     each call takes 5
 * ```
 *
 * Order: the source's, or with `ordered: false` that of completion. Memory: at most `maxPending` values between its
 * entrance and its exit when the source is pausable. Unsubscribing cancels every call: a task sees its `signal`, and is
 * killed when it does not end within `graceMs`. The earliest failure in source order is the stream's error, after
 * all values before it; a failure cancels what was started after it.
 *
 * @param task - a task of an executor (`pool.tasks.resize`), or a self-contained function, which runs on the default
 *   executor.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url));
 * images$.pipe(prefetch(2), backgroundMap(pool.tasks.resize, { args: [320] }))
 * ```
 */
export function backgroundMap<T, R, Out = Emitted<R>, Late extends Sentinel = never>(
  task: Task<[value: T], R> | SelfContained<[value: T], R>,
  options: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & SettleOption,
): OperatorFunction<T, Settled<Out | Late, T>>;
export function backgroundMap<T, R, Out = Emitted<R>, Late extends Sentinel = never, Instead = never>(
  task: Task<[value: T], R> | SelfContained<[value: T], R>,
  options?: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & ErrorOption<T, Instead>,
): OperatorFunction<T, Out | NoInfer<Late> | Instead>;
export function backgroundMap<T, Args extends readonly unknown[], R, Out = Emitted<R>, Late extends Sentinel = never>(
  task: Task<[value: T, ...args: Args], R> | SelfContained<[value: T, ...args: Args], R>,
  options: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & ArgsOption<T, Args> & SettleOption,
): OperatorFunction<T, Settled<Out | Late, T>>;
export function backgroundMap<
  T,
  Args extends readonly unknown[],
  R,
  Out = Emitted<R>,
  Late extends Sentinel = never,
  Instead = never,
>(
  task: Task<[value: T, ...args: Args], R> | SelfContained<[value: T, ...args: Args], R>,
  options: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & ArgsOption<T, Args> & ErrorOption<T, Instead>,
): OperatorFunction<T, Out | NoInfer<Late> | Instead>;
export function backgroundMap<T>(
  task: Task<never, unknown> | SelfContained<never, unknown>,
  options: LooseBackgroundOptions<T> = {},
): OperatorFunction<T, unknown> {
  checkFunction('backgroundMap', 'task', task);
  checkMapOptions('backgroundMap', options, optionNames);
  checkOwnOptions(options);
  const bound = boundTask(task, options.executor);
  const { executor } = bound;
  checkAgainst(executor, options);
  const ordered = options.ordered ?? true;
  const given = options.concurrency as number | undefined;
  const concurrency = (): number => given ?? executor.capacity;
  const maxPending = options.maxPending;
  return mapCalls({
    ordered,
    concurrency,
    maxPending: () => maxPending ?? defaultMaxPending(ordered, concurrency()),
    onRoom: (listener) => executor.onRoom(listener),
    ...underPolicy(attemptOf(bound, options), options, options.name ?? `backgroundMap(${describeTask(bound)})`),
  });
}

function boundTask(task: unknown, executor: Executor | undefined): TaskBinding {
  const bound = bindingOf(task);
  if (bound === undefined) return { executor: executor ?? defaultExecutor(), task: task as () => unknown };
  if (executor !== undefined) {
    throw new TypeError(
      `backgroundMap: executor (${shown(executor)}) cannot be given with ${describeTask(bound)}, which belongs to ${bound.executor.name}; take the task from the other executor instead`,
    );
  }
  return bound;
}

function attemptOf<T>({ executor, task }: TaskBinding, options: LooseBackgroundOptions<T>): StartAttempt<T> {
  const { args = [], transfer, graceMs } = options;
  return (value, index, attempt, listener) => {
    const more = typeof args === 'function' ? args(value, index) : args;
    return executor.execute(
      {
        task,
        args: more.length === 0 ? [value] : [value, ...more],
        attempt,
        index,
        ...(transfer === undefined ? {} : { transfer: transfer(value) }),
        ...(graceMs === undefined ? {} : { graceMs }),
      },
      listener,
    );
  };
}

function checkOwnOptions<T>({ args, chunkSize, graceMs, transfer, retry, executor }: LooseBackgroundOptions<T>): void {
  if (args !== undefined && typeof args !== 'function' && !Array.isArray(args)) {
    throw new TypeError(`backgroundMap: args must be an array or a function that makes one, but it is ${shown(args)}`);
  }
  if (chunkSize !== undefined && chunkSize !== 'auto' && chunkSize !== 1) {
    throw new RangeError(
      `backgroundMap: chunkSize above 1 is not available yet; give 1 or 'auto', not ${shown(chunkSize)}`,
    );
  }
  if (graceMs !== undefined) checkDuration('backgroundMap', 'graceMs', graceMs);
  if (transfer !== undefined) {
    checkFunction('backgroundMap', 'transfer', transfer);
    if (retry !== undefined && retry !== 0) {
      throw new TypeError(
        `backgroundMap: transfer cannot be given with retry (${shown(retry)}): what was moved for the first attempt is gone for the second; copy it, or do not retry`,
      );
    }
  }
  if (executor !== undefined && typeof (executor as Partial<Executor> | null)?.execute !== 'function') {
    throw new TypeError(`backgroundMap: executor must be an executor, such as inline(), but it is ${shown(executor)}`);
  }
}

function checkAgainst<T>(executor: Executor, { concurrency, streamAhead }: LooseBackgroundOptions<T>): void {
  if (!executor.crossesBoundary) return;
  if (concurrency === Infinity) {
    throw new RangeError(
      `backgroundMap: concurrency Infinity is for this thread only, and ${executor.name} runs ${String(executor.capacity)} at once; leave it out`,
    );
  }
  if (streamAhead !== undefined) {
    throw new TypeError(
      `backgroundMap: streamAhead (${shown(streamAhead)}) is not available yet: a result cannot stream out of ${executor.name}; return an array`,
    );
  }
}
