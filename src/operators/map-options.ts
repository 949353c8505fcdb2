import type { ObservableInput, RetryConfig } from 'rxjs';
import { aBoolean, aFunction, checkOptions, refuse, type Rule, type Rules } from '../options.js';
import type { AutoConcurrency } from './auto-concurrency.js';
import type { CallPolicy } from './call-policy.js';
import { occupy, type Tuned } from './tuned-calls.js';

/** The most values a map keeps pending when `maxPending` is not given. */
const mostPending = 4096;

/** The options that `asyncMap` and `backgroundMap` share. */
export interface MapOptions<T, R, Out, Late> {
  /**
   * Calls at once: a whole number of at least 1, or `Infinity` on this thread; or `'auto'`, which finds how many bring the
   * most, or what `autoConcurrency()` gives, to do the same and be read and pinned. Default: 1 for `asyncMap`, the
   * executor's capacity for `backgroundMap`.
   */
  readonly concurrency?: number | 'auto' | AutoConcurrency;
  /** Emit in the order of the source (`true`, the default), or in the order of completion. */
  readonly ordered?: boolean;
  /**
   * Values started and not yet delivered, at most. It is the room that lets other calls go on behind a slow one.
   * Default: twice the concurrency when ordered or with keys, and more than one runs, else the concurrency; at most 4096.
   */
  readonly maxPending?: number;
  /**
   * Values of one key run one after another, in the order of the source; different keys run side by side. A value that waits
   * for its key is pending and does not run. Keys are compared as those of a `Map`. A throw is the value's failure. A call that
   * is late has ended when it has been told to stop: on a thread it may go on for `graceMs`. Default: none waits for another.
   */
  readonly key?: (value: T) => unknown;
  /** Makes the emitted value of a result, here, with its input at hand. A throw is the value's failure. */
  readonly select?: (result: R, input: T, index: number) => Out;
  /** Milliseconds an attempt may take from its start, or between two values of a result that streams. Default: none. */
  readonly timeoutMs?: number;
  /** Emitted in place of a late value. Without it, lateness is a `TaskTimeoutError`. */
  readonly timeoutValue?: Late;
  /**
   * How often a failed value is tried again, or RxJS's `RetryConfig`. It keeps its place and its slot. Default 0. An executor that has been
   * closed fails every attempt at once, with `ERR_EXECUTOR_CLOSED`: whoever retries without a count ends that in `delay`.
   */
  readonly retry?: number | RetryConfig;
  /** For messages. Default: the function's name. */
  readonly name?: string;
}

/** What becomes of a value that has failed for good. */
export interface ErrorOption<T, Instead> {
  /**
   * `'fail'` (default): its error is the stream's. `'skip'`: nothing is emitted for it. A function: the
   * values of what it gives (`[0]`, `[]`, a promise, an Observable) are emitted in the value's place.
   */
  readonly onError?: 'fail' | 'skip' | ((error: unknown, input: T, index: number) => ObservableInput<Instead>);
}

/** Every value's outcome is emitted as a record, and none fails the stream. */
export interface SettleOption {
  readonly onError: 'settle';
}

export const concurrencyRule: Rule = ['count', 1, Infinity];

/** The rules of the options that both maps share. */
export const mapRules: Rules = {
  concurrency: ['count', 1, Infinity, 'auto', occupy],
  ordered: aBoolean,
  maxPending: concurrencyRule,
  key: aFunction,
  select: aFunction,
  timeoutMs: ['duration'],
  timeoutValue: ['any'],
  retry: ['count', 0, Infinity, Object],
  onError: ['only', 0, 'fail', 'skip', 'settle', Function],
  name: ['only', 0, String],
};

/** The options as they are read, whatever their types promised. */
export interface LooseMapOptions<T> extends CallPolicy<T> {
  readonly concurrency?: number | 'auto' | Tuned;
  readonly ordered?: boolean;
  readonly maxPending?: number;
  readonly key?: (value: T) => unknown;
  readonly name?: string;
}

/** Reads a map's options. Throws for whatever is wrong in them. */
export function readMapOptions<O extends LooseMapOptions<never>>(where: string, options: O, rules: Rules): O {
  const read = checkOptions(where, options, rules);
  const { retry, timeoutMs, timeoutValue } = read;
  refuse('timeoutValue' in read && timeoutMs === undefined, where, 'timeoutValue', timeoutValue);
  return typeof retry !== 'object' ? read : { ...read, retry: checkOptions(`${where}: retry`, retry, retryRules) };
}

const retryRules: Rules = {
  count: ['count', 0, Infinity],
  delay: ['duration', 0, Function],
  resetOnSuccess: aBoolean,
};

/**
 * The bound on pending values where none is given, when `chunkSize` of them travel together. Where some wait for others,
 * there is room for those behind them.
 */
export function defaultMaxPending(someWait: boolean, concurrency: number, chunkSize = 1): number {
  return Math.min(mostPending, (someWait && concurrency > 1 ? 2 : 1) * concurrency * chunkSize);
}
