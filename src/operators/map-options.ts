import type { ObservableInput, RetryConfig } from 'rxjs';
import { checkCount, checkDuration, checkFunction, checkOneOf, checkOptions, shown } from '../options.js';
import type { CallPolicy } from './call-policy.js';

/** The most values a map keeps pending when `maxPending` is not given. */
const mostPending = 4096;

/** The options that `asyncMap` and `backgroundMap` share. */
export interface MapOptions<T, R, Out, Late> {
  /**
   * Calls at once: a whole number of at least 1, or `Infinity` on this thread. Default: 1 for `asyncMap`, the
   * executor's capacity for `backgroundMap`.
   */
  readonly concurrency?: number;
  /** Emit in the order of the source (`true`, the default), or in the order of completion. */
  readonly ordered?: boolean;
  /**
   * Values started and not yet delivered, at most. It is the room that lets other calls go on behind a slow one.
   * Default: twice the concurrency when ordered and more than one runs, else the concurrency; at most 4096.
   */
  readonly maxPending?: number;
  /** Makes the emitted value of a result, here, with its input at hand. A throw is the value's failure. */
  readonly select?: (result: R, input: T, index: number) => Out;
  /** Milliseconds an attempt may take from its start, or between two values of a result that streams. Default: none. */
  readonly timeoutMs?: number;
  /** Emitted in place of a late value. Without it, lateness is a `TaskTimeoutError`. */
  readonly timeoutValue?: Late;
  /** How often a failed value is tried again, or RxJS's `RetryConfig`. It keeps its place and its slot. Default 0. */
  readonly retry?: number | RetryConfig;
  /** For messages. Default: the function's name. */
  readonly name?: string;
}

/** What becomes of a value that has failed for good. */
export interface ErrorOption<T, Instead> {
  /**
   * `'fail'` (default): its error is the stream's. `'skip'`: nothing is emitted for it. A function: what it gives is
   * emitted in the value's place.
   */
  readonly onError?: 'fail' | 'skip' | ((error: unknown, input: T, index: number) => ObservableInput<Instead>);
}

/** Every value's outcome is emitted as a record, and none fails the stream. */
export interface SettleOption {
  readonly onError: 'settle';
}

export const sharedOptionNames = [
  'concurrency',
  'ordered',
  'maxPending',
  'select',
  'timeoutMs',
  'timeoutValue',
  'retry',
  'onError',
  'name',
] as const;

/** The options as they are read, whatever their types promised. */
export interface LooseMapOptions<T> extends CallPolicy<T> {
  readonly concurrency?: unknown;
  readonly ordered?: boolean;
  readonly maxPending?: number;
  readonly name?: string;
  readonly monitor?: unknown;
}

/** Throws for whatever is wrong in the options that both maps share. */
export function checkMapOptions<T>(where: string, options: LooseMapOptions<T>, known: readonly string[]): void {
  if ('monitor' in (options as object)) throw new TypeError(`${where}: monitor is not available yet; leave it out (it is ${shown(options.monitor)})`);
  checkOptions(where, options, known);
  const { concurrency, ordered, maxPending, select, timeoutMs, retry, onError, name } = options;
  if (concurrency === 'auto') {
    throw new TypeError(`${where}: concurrency 'auto' is not available yet; give a whole number, or leave it out`);
  }
  if (concurrency !== undefined) checkCount(where, 'concurrency', concurrency, 1, [Infinity]);
  if (ordered !== undefined) checkOneOf(where, 'ordered', ordered, [true, false]);
  if (maxPending !== undefined) checkCount(where, 'maxPending', maxPending, 1, [Infinity]);
  if (select !== undefined) checkFunction(where, 'select', select);
  if (timeoutMs !== undefined) checkDuration(where, 'timeoutMs', timeoutMs);
  if ('timeoutValue' in options && timeoutMs === undefined) {
    throw new TypeError(`${where}: timeoutValue (${shown(options.timeoutValue)}) has no effect without timeoutMs; give timeoutMs too`);
  }
  if (retry !== undefined) checkRetry(where, retry);
  if (onError !== undefined && typeof onError !== 'function') checkOneOf(where, 'onError', onError, ['fail', 'skip', 'settle']);
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError(`${where}: name must be a string, but it is ${shown(name)}`);
  }
}

function checkRetry(where: string, given: unknown): void {
  if (typeof given !== 'object') {
    checkCount(where, 'retry', given, 0, [Infinity]);
    return;
  }
  checkOptions(`${where}: retry`, given, ['count', 'delay', 'resetOnSuccess']);
  const { count, delay, resetOnSuccess } = given as { count?: unknown; delay?: unknown; resetOnSuccess?: unknown };
  if (count !== undefined) checkCount(where, 'retry.count', count, 0, [Infinity]);
  if (delay !== undefined && typeof delay !== 'function') checkDuration(where, 'retry.delay', delay);
  if (resetOnSuccess !== undefined) checkOneOf(where, 'retry.resetOnSuccess', resetOnSuccess, [true, false]);
}

/** The bound on pending values where none is given. */
export function defaultMaxPending(ordered: boolean, concurrency: number): number {
  return Math.min(mostPending, ordered && concurrency > 1 ? 2 * concurrency : concurrency);
}
