import { Observable, type Subscriber } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import { outsideDelivery } from '../backpressure/outside-delivery.js';
import type { Valve } from '../backpressure/valve.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';
import { Deadline } from './deadline.js';

/** Begins one attempt of one value's call, and returns what cancels it. */
export type StartAttempt<T> = (
  value: T,
  index: number,
  attempt: number,
  listener: CallListener,
) => (() => void) | undefined;

/**
 * One attempt as a stream: what it brings, or its error, or the error that `lateError` makes once it has taken longer than
 * `timeoutMs` from its start, or between two values of a result that streams.
 */
export function attemptStream(
  start: (listener: CallListener) => (() => void) | undefined,
  timeoutMs: number | undefined,
  lateError: () => unknown,
): Observable<unknown> {
  return new Observable((subscriber) => {
    /** Over, by itself or stopped: there is nothing to cancel. */
    let settled = false;
    let values: Subscriber<unknown> | undefined;
    const stop = (): void => {
      deadline.close();
      if (settled) return;
      settled = true;
      values?.unsubscribe();
      cancel?.();
    };
    // Stopped before anyone hears of it: what is done about the error may need the place that it had.
    const deadline = new Deadline(() => {
      stop();
      subscriber.error(lateError());
    });
    const rearm = (): void => {
      if (timeoutMs !== undefined) deadline.arm(timeoutMs);
    };
    // With no valve current, as the next attempt may start, and a user's function be called, inside this.
    const fail = (error: unknown): void => {
      settled = true;
      outsideDelivery(() => {
        subscriber.error(error);
      });
    };
    let streamValve: Valve | undefined;
    const cancel = start({
      started: rearm,
      result: (value) => {
        settled = true;
        deadline.disarm();
        subscriber.next(value);
        subscriber.complete();
      },
      stream: (values$) => {
        if (subscriber.closed) return;
        values = subscriberFor<unknown>({
          next: (value) => {
            rearm();
            const valve = currentValve();
            if (valve !== undefined) {
              deadline.lookInstead(streamValve, valve);
              streamValve = valve;
            }
            subscriber.next(value);
          },
          error: fail,
          complete: () => {
            settled = true;
            subscriber.complete();
          },
        });
        // Here already: one that brings its values at once can be left while it does.
        subscriber.add(values);
        values$.subscribe(values);
      },
      failed: fail,
    });
    subscriber.add(stop);
  });
}
