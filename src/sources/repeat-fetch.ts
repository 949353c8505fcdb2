import type { Observable } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { bindingOf } from '../executors/task.js';
import { aFunction, checkOptions, checkValue } from '../options.js';
import { fetchCalls } from './fetch-calls.js';
import type { Fetched } from './fetched-stream.js';
import { pullLoop, type Puller } from './pull-loop.js';

export interface RepeatFetchOptions<R> {
  /** True for the sentinel that ends the stream. Default: `undefined` and `null`; never `false`, `0`, `''` or `[]`. */
  readonly until?: (result: R) => boolean;
}

/** True for what ends a fetch when no `until` is given. */
export function isNothing(result: unknown): result is null | undefined {
  return result === undefined || result === null;
}

/**
 * Calls a function again and again, when its result is wanted, one call at a time, until it gives a sentinel.
 *
 * Use it for a function that keeps its own place: a cursor, a queue, a closure. Where each call's input depends on the
 * last result, {@link expandFetch} and {@link fetchPages} keep the place for you.
 *
 * ```text
 * calls      ^--^--------^--
 *             a  b        undefined
 * held           -----        (the consumer has no room)
 * result     -a--b----------|
 * ```
 *
 * Holds at most one result. Unsubscribing aborts the call's signal, and unsubscribes an Observable. A throw, a
 * rejection or an error of `fetch` or `until` is the stream's error.
 *
 * @param fetch - gives a value, a promise, or an Observable (its last value counts; none ends the stream). A task is called
 *   without arguments.
 * @throws TypeError for invalid arguments.
 * @example
 * ```ts
 * repeatFetch(() => cursor.read(100)).pipe(prefetch(2), asyncMap(save))
 * ```
 */
export function repeatFetch<R>(fetch: (context: CallContext) => Fetched<R>): Observable<NonNullable<R>>;
export function repeatFetch<R>(
  fetch: (context: CallContext) => Fetched<R>,
  options: { readonly until: (result: R) => boolean },
): Observable<R>;
export function repeatFetch<R>(
  fetch: (context: CallContext) => Fetched<R>,
  options: RepeatFetchOptions<R>,
): Observable<R>;
export function repeatFetch<R>(
  fetch: (context: CallContext) => Fetched<R>,
  options: RepeatFetchOptions<R> = {},
): Observable<R> {
  checkValue('repeatFetch', 'fetch', fetch, aFunction);
  const { until } = checkOptions('repeatFetch', options, { until: aFunction });
  const call = bindingOf(fetch) === undefined ? fetch : () => (fetch as () => Fetched<R>)();
  return pullLoop(() => repeatPuller(call, until));
}

/** Calls one function until it gives a sentinel. */
function repeatPuller<R>(
  fetch: (context: CallContext) => Fetched<R>,
  until: (result: R) => boolean = isNothing,
): Puller<R> {
  const calls = fetchCalls<R>();
  return {
    pull(answer) {
      calls.call(fetch, answer, until);
    },
    close: calls.giveUp,
  };
}
