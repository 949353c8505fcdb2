import type { OperatorFunction } from 'rxjs';
import { captureSite, closeSite, openSite, type CallSite } from '../call-site.js';
import { defaultExecutor } from '../executors/default-executor.js';
import { describeTask } from '../executors/describe-task.js';
import { checkExecutor, type Executor } from '../executors/executor.js';
import {
  bindingOf,
  type Emitted,
  type PlainObservable,
  type Task,
  type TaskBinding,
  type TaskCall$,
} from '../executors/task.js';
import { aFunction, checkValue, refuse, type Rules } from '../options.js';
import type { Uninferred } from '../uninferred.js';
import { afterFailure, finished } from './after-failure.js';
import type { StartAttempt } from './attempt.js';
import { isPlain, underPolicy, type Settled } from './call-policy.js';
import { keyedCalls } from './keyed-calls.js';
import { mapCalls } from './map-calls.js';
import { mapChunks } from './map-chunks.js';
import {
  defaultMaxPending,
  mapRules,
  readMapOptions,
  type ErrorOption,
  type LooseMapOptions,
  type MapOptions,
  type SettleOption,
} from './map-options.js';
import type { Sentinel } from './timeout.js';
import { throttled } from './tuned-calls.js';

/** The options of `backgroundMap` beyond those it shares with `asyncMap`. */
export interface BackgroundOptions<T> {
  /**
   * Values per message, where calls cross a boundary: `'auto'` (default) takes as many as keep a worker busy for a few
   * milliseconds; a number, of which no more than 1024 count. The task gets them one at a time either way, a chunk never waits to fill, and
   * results and errors stay per value. When a worker dies, values of its chunk that had finished within the last few
   * milliseconds run again; 1 rules that out.
   */
  readonly chunkSize?: 'auto' | number;
  /** Milliseconds a cancelled or late task may take to end by itself before its worker is killed. Default 100. */
  readonly graceMs?: number;
  /**
   * How many values of a result that streams (an Observable, an async iterable, an iterator) may have left their worker and not
   * been delivered, where they cross a boundary. Default 16.
   */
  readonly streamAhead?: number;
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
) => [R] extends [never] ? PlainObservable<never> : R extends TaskCall$<unknown> ? never : R | PlainObservable<R>;

/** Put together once; marked, as programs without this map leave it out. */
const rules: Rules = /* @__PURE__ */ Object.assign({}, mapRules, {
  args: ['only', 0, Array, Function],
  chunkSize: ['count', 1, 'auto'],
  graceMs: ['duration'],
  streamAhead: ['count', 1],
  transfer: aFunction,
  executor: ['only', 0, Object],
});

const none = {};

interface LooseBackgroundOptions<T> extends LooseMapOptions<T> {
  readonly args?: readonly unknown[] | ((value: T, index: number) => readonly unknown[]);
  readonly chunkSize?: 'auto' | number;
  readonly graceMs?: number;
  readonly transfer?: (value: T) => readonly object[];
  readonly streamAhead?: number;
  readonly executor?: Executor;
}

/**
 * Maps each value through a task that runs elsewhere: on worker threads, wherever an executor of your own takes it, or, with
 * an `inline` executor, here. Holds the source while there is no room.
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
): OperatorFunction<T, Settled<Uninferred<Out | Late>, T>>;
export function backgroundMap<T, R, Out = Emitted<R>, Late extends Sentinel = never, Instead = never>(
  task: Task<[value: T], R> | SelfContained<[value: T], R>,
  options?: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & ErrorOption<T, Instead>,
): OperatorFunction<T, Uninferred<Out | Late | Instead>>;
export function backgroundMap<T, Args extends readonly unknown[], R, Out = Emitted<R>, Late extends Sentinel = never>(
  task: Task<[value: T, ...args: Args], R> | SelfContained<[value: T, ...args: Args], R>,
  options: MapOptions<T, Emitted<R>, Out, Late> & BackgroundOptions<T> & ArgsOption<T, Args> & SettleOption,
): OperatorFunction<T, Settled<Uninferred<Out | Late>, T>>;
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
): OperatorFunction<T, Uninferred<Out | Late | Instead>>;
export function backgroundMap<T>(
  task: Task<never, unknown> | SelfContained<never, unknown>,
  given: LooseBackgroundOptions<T> = none,
): OperatorFunction<T, unknown> {
  if (typeof task !== 'function') checkValue('backgroundMap', 'task', task, aFunction);
  const options = given === none ? given : readMapOptions('backgroundMap', given, rules);
  const bound = boundTask(task, options.executor);
  const { executor } = bound;
  if (options !== none) checkAgainst(executor, options);
  const { concurrency, ordered = true, maxPending, key, retry = 0 } = options;
  const name = (): string => options.name ?? `backgroundMap(${describeTask(bound)})`;
  let site: CallSite | undefined;
  if (executor.crossesBoundary) {
    site = openSite();
    if (site !== undefined) {
      captureSite(site, backgroundMap);
      closeSite();
    }
  }
  const capacity = (): number => executor.capacity;
  const isChunked = travelsInChunks(executor, options);
  // What travels in chunks keeps a processor busy: there is nothing to be found out.
  const isFound = concurrency === undefined || (concurrency === 'auto' && isChunked);
  const limit = isFound ? capacity : typeof concurrency === 'number' ? () => concurrency : concurrency;
  return throttled<T, unknown>('backgroundMap', limit, executor.crossesBoundary ? capacity : undefined, (throttle) => {
    const atOnce = throttle.concurrency;
    const onRoom = (listener: () => void): (() => void) => {
      const stop = executor.onRoom(listener);
      const stopThrottle = throttle.onRoom?.(listener);
      if (stopThrottle === undefined) return stop;
      return () => {
        stop();
        stopThrottle();
      };
    };
    if (isChunked) {
      const { args = [], chunkSize, graceMs, streamAhead, timeoutMs } = options;
      return mapChunks<T>({
        ordered,
        maxPending: (chunk) => maxPending ?? defaultMaxPending(ordered, atOnce(), chunk),
        openLane: (host) => {
          const mostInChunk = maxPending === undefined ? undefined : Math.max(1, Math.floor(maxPending / atOnce()));
          return executor.openLane(
            {
              task: bound.task,
              site,
              concurrency: atOnce,
              chunkSize: chunkSize === 'auto' ? undefined : chunkSize,
              mostInChunk,
              rest: typeof args === 'function' ? [] : args,
              timeoutMs,
              graceMs,
              streamAhead,
            },
            host,
          );
        },
        restOf: argsMaker(args),
        finish: finished(options),
        recoverWith: isPlain(options)
          ? undefined
          : (execute) => afterFailure(attemptOf(bound, execute, options, site), options, name()),
        triesAgain: (typeof retry === 'object' ? retry.count : retry) !== 0,
        describe: name,
        onRoom,
      });
    }
    return mapCalls({
      ordered,
      limits: {
        // One that waited for a slot there would be passed by those behind it, which may have to wait for it to be delivered.
        get concurrency() {
          return executor.isUnbounded === true ? atOnce() : Math.min(atOnce(), capacity());
        },
        get maxPending() {
          return maxPending ?? defaultMaxPending(ordered || key !== undefined, atOnce());
        },
      },
      onRoom,
      ...underPolicy(attemptOf(bound, executor.execute.bind(executor), options, site), options, name(), throttle.meter),
      ...keyedCalls(options, name()),
    });
  });
}

/** Whether values go in chunks: what is moved, or waits for others of its key, goes by itself. */
function travelsInChunks<T>(
  executor: Executor,
  { chunkSize, key, transfer }: LooseBackgroundOptions<T>,
): executor is Executor & Required<Pick<Executor, 'openLane'>> {
  return executor.openLane !== undefined && chunkSize !== 1 && key === undefined && transfer === undefined;
}

function boundTask(task: unknown, executor: Executor | undefined): TaskBinding {
  const bound = bindingOf(task);
  if (bound === undefined) return { executor: executor ?? defaultExecutor(), task: task as () => unknown };
  refuse(executor !== undefined, 'backgroundMap', 'executor', executor);
  return bound;
}

function attemptOf<T>(
  { task }: TaskBinding,
  execute: Executor['execute'],
  options: LooseBackgroundOptions<T>,
  site: CallSite | undefined,
): StartAttempt<T> {
  const { args = [], transfer, graceMs, streamAhead } = options;
  const made = argsMaker(args);
  return (value, index, listener, attempt = 1) => {
    const more = made?.(value, index) ?? (args as readonly unknown[]);
    const moved = transfer === undefined ? undefined : aList('transfer', transfer(value));
    // One of them may have been what ended everything.
    if (listener.hasEnded()) return undefined;
    return execute(
      {
        task,
        args: more.length === 0 ? [value] : [value, ...more],
        attempt,
        index,
        ...(site === undefined ? {} : { site }),
        ...(moved === undefined ? {} : { transfer: moved }),
        ...(graceMs === undefined ? {} : { graceMs }),
        ...(streamAhead === undefined ? {} : { streamAhead }),
      },
      listener,
    );
  };
}

/** Makes the arguments of a value after the first, where they are not the same for all. */
function argsMaker<T>(
  args: NonNullable<LooseBackgroundOptions<T>['args']>,
): ((value: T, index: number) => readonly unknown[]) | undefined {
  if (typeof args !== 'function') return undefined;
  return (value, index) => aList('args', args(value, index));
}

/** What the function that is given as `option` made, which has to be an array. */
function aList<L extends readonly unknown[]>(option: string, made: L): L {
  checkValue('backgroundMap', `what ${option}() gives`, made, ['only', 0, Array]);
  return made;
}

/** Throws for what is wrong in view of the executor. */
function checkAgainst<T>(
  executor: Executor,
  { chunkSize, concurrency, key, retry, transfer }: LooseBackgroundOptions<T>,
): void {
  checkExecutor('backgroundMap', executor);
  refuse(
    typeof chunkSize === 'number' && chunkSize > 1 && (key ?? transfer) !== undefined,
    'backgroundMap',
    'chunkSize',
    chunkSize,
  );
  refuse(transfer !== undefined && retry !== undefined && retry !== 0, 'backgroundMap', 'transfer', transfer);
  if (!executor.crossesBoundary) return;
  refuse(concurrency === Infinity, 'backgroundMap', 'concurrency', concurrency);
}
