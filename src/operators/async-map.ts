import { tap, type OperatorFunction } from 'rxjs';
import { LazyCallContext, type CallContext } from '../call-context.js';
import { bindingOf, type Emitted } from '../executors/task.js';
import { aFunction, checkValue } from '../options.js';
import { streamOf } from '../sources/stream-of.js';
import { isThenable } from '../sources/thenable.js';
import type { Uninferred } from '../uninferred.js';
import type { StartAttempt } from './attempt.js';
import { underPolicy, type Settled } from './call-policy.js';
import { keyedCalls } from './keyed-calls.js';
import { mapCalls, type Limits } from './map-calls.js';
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

/**
 * Maps each value through a function that may be slow, on this thread, and holds the source while there is no room:
 * `concatMap` and `mergeMap` with pressure.
 *
 * Use it for whatever waits: requests, queries, files. For work that keeps a processor busy use `backgroundMap`. Put
 * `prefetch(n)` before it to fetch ahead while it works.
 *
 * ```text
 * source           a-----b-----c|
 * asyncMap(f)      ----A-----B-----(C|)      f takes 4; the source is held meanwhile
 * ```
 *
 * A result that is an Observable, an async iterable or an iterator streams: each of its values is emitted as it comes, in
 * its input's place, at the consumer's pace. Arrays, strings and other collections are values; see `flatten`.
 *
 * Order: the source's, or with `ordered: false` that of completion. Memory: at most `maxPending` values between its
 * entrance and its exit when the source is pausable; values of a source that cannot be held wait in a queue. Unsubscribing
 * aborts every call's signal. The earliest failure in source order is the stream's error, after all values before
 * it; a failure stops what was started after it.
 *
 * @param project - `(value, { index, signal })` gives a value, a promise, or something that streams. A task is called
 *   with the value alone.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * pages$.pipe(prefetch(2), asyncMap((page, { signal }) => save(page, signal)))
 * ```
 */
export function asyncMap<T, R, Out = Emitted<R>, Late extends Sentinel = never>(
  project: (value: T, context: CallContext) => R,
  options: MapOptions<T, Emitted<R>, Out, Late> & SettleOption,
): OperatorFunction<T, Settled<Uninferred<Out | Late>, T>>;
export function asyncMap<T, R, Out = Emitted<R>, Late extends Sentinel = never, Instead = never>(
  project: (value: T, context: CallContext) => R,
  options?: MapOptions<T, Emitted<R>, Out, Late> & ErrorOption<T, Instead>,
): OperatorFunction<T, Uninferred<Out | Late | Instead>>;
export function asyncMap<T>(
  project: (value: T, context: CallContext) => unknown,
  given: LooseMapOptions<T> = {},
): OperatorFunction<T, unknown> {
  checkValue('asyncMap', 'project', project, aFunction);
  const options = readMapOptions('asyncMap', given, mapRules);
  const { concurrency = 1, ordered = true, maxPending, key } = options;
  const name = options.name ?? (project.name === '' ? 'asyncMap' : `asyncMap(${project.name})`);
  const atOnce = typeof concurrency === 'number' ? () => concurrency : concurrency;
  return throttled<T, unknown>('asyncMap', atOnce, undefined, (throttle) => {
    const limits: Limits = {
      get concurrency() {
        return throttle.concurrency();
      },
      get maxPending() {
        return maxPending ?? defaultMaxPending(ordered || key !== undefined, throttle.concurrency());
      },
    };
    return mapCalls({
      ordered,
      // Read once where they are fixed: they are asked for several times with each value.
      limits: typeof concurrency === 'number' ? { ...limits } : limits,
      onRoom: throttle.onRoom,
      ...underPolicy(attemptOf(project), options, name, throttle.meter),
      ...keyedCalls(options, name),
    });
  });
}

function attemptOf<T>(project: (value: T, context: CallContext) => unknown): StartAttempt<T> {
  const call =
    bindingOf(project) === undefined ? project : (value: T): unknown => (project as (value: T) => unknown)(value);
  return (value, index, listener) => {
    const context = new LazyCallContext(index);
    const abort = (): void => {
      context.abort();
    };
    const fail = (error: unknown): void => {
      abort();
      listener.failed(error);
    };
    const finish = (result: unknown): void => {
      const values$ = streamOf(result);
      if (values$ === undefined) listener.result(result);
      else listener.stream(values$.pipe(tap({ error: abort })));
    };
    listener.started?.();
    let result: unknown;
    try {
      result = call(value, context);
      if (isThenable(result)) {
        result.then(finish, fail);
        return abort;
      }
    } catch (error) {
      fail(error);
      return undefined;
    }
    finish(result);
    return abort;
  };
}
