import { asyncScheduler, map, Observable, timer, type MonoTypeOperatorFunction } from 'rxjs';
import { currentValve } from '../src/backpressure/current-valve.js';
import { repeatFetch } from '../src/sources/repeat-fetch.js';

/** A pausable source that needs `ms` for each of its values, and begins one only while nothing holds. */
export function pausable<T>(ms: number, values: readonly T[]): Observable<T> {
  return repeatFetch(({ index }) =>
    index < values.length ? timer(ms).pipe(map(() => values[index] as T)) : undefined,
  );
}

/** A consumer that is busy for `ms` with each value, and holds its source meanwhile. */
export function busyFor<T>(ms: number): MonoTypeOperatorFunction<T> {
  return heldUntil(() => timer(ms));
}

/** A consumer that holds its source from each value on until what `until` makes emits. */
export function heldUntil<T>(until: (value: T) => Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next: (value) => {
          const release = currentValve()?.hold();
          if (release !== undefined) subscriber.add(until(value).subscribe(release));
          subscriber.next(value);
        },
        error: (error: unknown) => {
          subscriber.error(error);
        },
        complete: () => {
          subscriber.complete();
        },
      }),
    );
}

/** A promise in virtual time, kept after `ms`. */
export function later<T>(ms: number, value: T): PromiseLike<T> {
  return thenable<T>(ms, (kept) => {
    kept(value);
  });
}

/** A promise in virtual time, broken after `ms`. */
export function failLater(ms: number, reason: unknown): PromiseLike<never> {
  return thenable<never>(ms, (_kept, broken) => {
    broken(reason);
  });
}

function thenable<T>(
  ms: number,
  settle: (kept: (value: T) => void, broken: (reason: unknown) => void) => void,
): PromiseLike<T> {
  return {
    then: (kept, broken) => {
      asyncScheduler.schedule(() => {
        settle(kept as (value: T) => void, broken as (reason: unknown) => void);
      }, ms);
      // RxJS asks the promise that `then` gives for what went wrong in the callbacks.
      return { then: () => undefined as never };
    },
  };
}
