// What the marble tests share besides virtual time: slow consumers, and ways to look at valves from outside.
import { map, type MonoTypeOperatorFunction, Observable, Subject, tap, timer } from 'rxjs';
import { currentValve, type Valve } from '../src/backpressure/index.js';
import { asyncMap } from '../src/index.js';

/** A consumer that works `ms` on each value, one at a time, and holds its source meanwhile. */
export function slowly<T>(ms: number): MonoTypeOperatorFunction<T> {
  return asyncMap((value: T) => after(ms, value));
}

/** An answer that takes `ms`. */
export function after<T>(ms: number, value: T): Observable<T> {
  return timer(ms).pipe(map(() => value));
}

/**
 * Shows calls as a stream, so that they can be compared with marbles. `expectObservable` it before the stream that calls,
 * or calls in frame 0 are missed.
 */
export class Calls<T> {
  readonly #made = new Subject<T>();
  readonly made$ = this.#made.asObservable();
  count = 0;

  note(call: T): void {
    this.count++;
    this.#made.next(call);
  }
}

/** What a stream brings at once: its values, and then its error or `'complete'`. */
export function all(stream$: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  stream$.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(error),
    complete: () => seen.push('complete'),
  });
  return seen;
}

/** Passes everything on, and keeps the valve of the latest delivery in `at.valve`. */
export function seeValve<T>(at: { valve: Valve | undefined }): MonoTypeOperatorFunction<T> {
  return tap(() => {
    at.valve = currentValve();
  });
}

/**
 * Holds the valve of the first delivery from inside it until `until$` emits: a consumer that has no room.
 */
export function holdFirst<T>(until$: Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      let first = true;
      subscriber.add(
        source.subscribe({
          next: (value) => {
            if (first) {
              first = false;
              const release = currentValve()?.hold();
              subscriber.add(until$.subscribe(() => release?.()));
            }
            subscriber.next(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
