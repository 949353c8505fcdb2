import { from, Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { releaseLater } from './release-later.js';
import { subscriberFor } from '../subscriber-for.js';
import { currentValve, outsideDelivery, withValve } from './current-valve.js';

/**
 * Makes any inner stream keep the pressure of the value it was made for: subscribed inside a delivery, it holds that
 * delivery's source until it has completed, failed or been unsubscribed.
 *
 * Use it to keep pressure with RxJS's own flattening operators: `concatMap(x => holding(post(x)))` never lets
 * values pile up in front of `concatMap`. With several at once, prefer `asyncMap` and its `concurrency`.
 *
 * ```text
 * source (pausable)   a-------b-------c|
 * holding(post(x))    ------x|------x|
 * ```
 *
 * Order and errors are those of the inner stream. Holds one source, buffers nothing. Subscribed outside a delivery, it
 * is the inner stream as it is.
 *
 * @example
 * ```ts
 * rows$.pipe(prefetch(2), concatMap((row) => holding(post(row))))
 * ```
 */
export function holding<O extends ObservableInput<unknown>>(inner$: O): Observable<ObservedValueOf<O>> {
  return new Observable((subscriber) => {
    const outer = currentValve();
    const inner = from(inner$) as Observable<ObservedValueOf<O>>;
    if (outer === undefined) {
      inner.subscribe(subscriber);
      return;
    }

    const release = outer.hold();
    let finishing = false;

    // A value of a pausable inner holds that inner; any other holds the outer source, which waits for it anyway.
    const deliver = (act: () => void): void => {
      withValve(currentValve() ?? outer, act);
    };
    // Released only when the terminal has been taken in: a flattening operator that is told to go on before it knows
    // that this inner has ended would queue the next value instead of subscribing to it.
    const finish = (act: () => void): void => {
      finishing = true;
      try {
        deliver(act);
      } finally {
        release();
      }
    };

    const values = subscriberFor<ObservedValueOf<O>>({
      next: (value) => deliver(() => subscriber.next(value)),
      error: (error: unknown) => finish(() => subscriber.error(error)),
      complete: () => finish(() => subscriber.complete()),
    });
    subscriber.add(values);
    subscriber.add(() => {
      if (!finishing) releaseLater(release);
    });
    outsideDelivery(() => inner.subscribe(values));
  });
}
