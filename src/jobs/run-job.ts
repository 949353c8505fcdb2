import { stopOnInterrupt } from '#platform';
import { text } from '#messages';
import { EMPTY, finalize, lastValueFrom, of, Subject, takeUntil, throwError, toArray, type Observable } from 'rxjs';
import { TaskCancelledError } from '../errors.js';
import type { Executor } from '../executors/executor.js';
import { bindTask, type Emitted, type Task } from '../executors/task.js';
import { backgroundMap, type ArgsOption, type SelfContained } from '../operators/background-map.js';
import type { Settled } from '../operators/call-policy.js';
import { concurrencyRule, type ErrorOption, type MapOptions, type SettleOption } from '../operators/map-options.js';
import { aFunction, checkOptions, checkValue, type Rule, type Rules } from '../options.js';
import { fromPull } from '../sources/from-pull.js';
import { interruptRule, type HandleInterrupt } from './handle-interrupt.js';
import { placeTaskOnce } from './place-task.js';

/** How far a run has come. */
export interface JobProgress {
  /** Items that are over, the failed ones too. */
  readonly finished: number;
  readonly failed: number;
  /** How many items there are, where that is known beforehand. */
  readonly total: number | undefined;
}

/** What `runJob` runs, and how. */
export interface RunJobOptions<T> extends Pick<MapOptions<T, unknown, unknown, never>, 'timeoutMs' | 'retry'> {
  /** What the task is called with, one after the other. Read as there is room. */
  readonly items: Iterable<T> | AsyncIterable<T>;
  /** How many run at once, as far as the executor has room. Default 4. */
  readonly concurrency?: number;
  /** Milliseconds a late task may take to end by itself before its worker is killed. Default: the executor's, 100. */
  readonly graceMs?: number;
  /** Where a plain function runs. Default: the default executor. `inline()` to debug it. */
  readonly executor?: Executor;
  /** Called whenever an item is over, in the order in which that happens. A throw is the run's error, whatever `onError` says. */
  readonly onProgress?: (progress: JobProgress) => void;
  /** Whether Ctrl-C and SIGTERM stop the run and end the process; see {@link HandleInterrupt}. Default `false`. */
  readonly handleInterrupt?: HandleInterrupt;
}

interface TaskOption<Args extends readonly unknown[], R> {
  readonly task: Task<Args, R> | SelfContained<Args, R>;
}

const itemsRule: Rule = ['only', 0, Array, Object, String];
const rules: Rules = {
  task: aFunction,
  items: itemsRule,
  args: ['only', 0, Array, Function],
  concurrency: concurrencyRule,
  timeoutMs: ['duration'],
  retry: ['count', 0, Infinity, Object],
  graceMs: ['duration'],
  onError: ['only', 0, 'fail', 'skip', 'settle', Function],
  onProgress: aFunction,
  handleInterrupt: interruptRule,
  executor: ['only', 0, Object],
};

interface LooseRunJobOptions extends RunJobOptions<unknown> {
  readonly task: unknown;
  readonly args?: ArgsOption<unknown, readonly unknown[]>['args'];
  readonly onError?: (ErrorOption<unknown, unknown> | SettleOption)['onError'];
}

/**
 * Runs a task for each of a list of items, so many at once, and gives the results as an array in the order of the items:
 * a pipeline in one call.
 *
 * Use it where everything is wanted before anything is done with it, and fits into memory. For results as they come, a
 * source that never ends or a consumer that is slow, use `backgroundMap`, on which it is built.
 *
 * Errors: the earliest in the order of the items rejects the promise, and cancels what was started; `onError: 'skip'`
 * leaves the item out, `'settle'` gives a record for each item, and a function gives something in its place. What takes
 * longer than `timeoutMs`, from its start, is stopped for good, and is a `TaskTimeoutError`.
 *
 * A task may call `runJob` itself: the pools of a worker end with it.
 *
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * const sizes = await runJob({ task: pool.tasks.size, items: files, timeoutMs: 5000, onError: () => [0] });
 * ```
 */
export function runJob<T, R>(
  job: TaskOption<[value: T], R> & RunJobOptions<T> & SettleOption,
): Promise<Settled<Emitted<R>, T>[]>;
export function runJob<T, R, Instead = never>(
  job: TaskOption<[value: T], R> & RunJobOptions<T> & ErrorOption<T, Instead>,
): Promise<(Emitted<R> | Instead)[]>;
export function runJob<T, Args extends readonly unknown[], R>(
  job: TaskOption<[value: T, ...args: Args], R> & RunJobOptions<T> & ArgsOption<T, Args> & SettleOption,
): Promise<Settled<Emitted<R>, T>[]>;
export function runJob<T, Args extends readonly unknown[], R, Instead = never>(
  job: TaskOption<[value: T, ...args: Args], R> & RunJobOptions<T> & ArgsOption<T, Args> & ErrorOption<T, Instead>,
): Promise<(Emitted<R> | Instead)[]>;
export function runJob(job: LooseRunJobOptions): Promise<unknown[]> {
  checkOptions('runJob', job, rules);
  checkValue('runJob', 'items', job.items, itemsRule);
  const { items, args = [], concurrency = 4, timeoutMs, retry, graceMs, handleInterrupt = false } = job;
  const binding = placeTaskOnce('runJob', job.task, job.executor);
  const stop$ = new Subject<never>();
  const tally = tallyOf(job, (error) => {
    stop$.error(error);
  });
  const results$ = fromPull(items).pipe(
    backgroundMap(bindTask<[unknown, ...unknown[]], unknown>(binding), {
      args: args,
      concurrency,
      // All results end up in an array: a slow one need not keep others from being started.
      maxPending: Infinity,
      name: `runJob(${nameOf(job.task)})`,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retry === undefined ? {} : { retry }),
      ...(graceMs === undefined ? {} : { graceMs }),
      ...tally,
    }),
  );
  const unhandle =
    handleInterrupt === false
      ? () => undefined
      : stopOnInterrupt('runJob', {
          stop: (signal) => {
            stop$.error(new TaskCancelledError(text('interrupted', signal)));
          },
          executors: () => [binding.executor],
          cleanUp: typeof handleInterrupt === 'function' ? handleInterrupt : undefined,
        });
  return lastValueFrom(results$.pipe(takeUntil(stop$), finalize(unhandle), toArray()));
}

/** What is emitted for an item that has succeeded or failed, and who is told of it. `fail` ends the run. */
function tallyOf(
  { items, onError = 'fail', onProgress }: LooseRunJobOptions,
  fail: (error: unknown) => void,
): {
  select: (value: unknown, input: unknown, index: number) => unknown;
  onError: (error: unknown, input: unknown, index: number) => Observable<unknown>;
} {
  const { length, size } = items as { length?: unknown; size?: unknown };
  const total = [length, size].find((count) => typeof count === 'number');
  /** Items that are over: one that streams is, with its first value. */
  const finished = new Set<number>();
  let failed = 0;
  const tell = (index: number): void => {
    if (onProgress === undefined || finished.has(index)) return;
    finished.add(index);
    try {
      onProgress({ finished: finished.size, failed, total });
    } catch (error) {
      fail(error);
    }
  };
  return {
    select: (value, input, index) => {
      tell(index);
      return onError === 'settle' ? { status: 'fulfilled', value, input } : value;
    },
    onError: (reason, input, index) => {
      failed++;
      tell(index);
      if (onError === 'fail') return throwError(() => reason);
      if (onError === 'skip') return EMPTY;
      if (onError === 'settle') return of({ status: 'rejected', reason, input });
      return onError(reason, input, index) as Observable<unknown>;
    },
  };
}

function nameOf(task: unknown): string {
  return (task as { readonly name: string }).name;
}
