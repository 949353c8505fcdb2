import { Observable } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import type { Valve } from '../backpressure/valve.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';
import { makeDeadline } from './deadline.js';

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
    /** The attempt has told its end, so there is nothing to cancel. */
    let isSettled = false;
    let streamValve: Valve | undefined;
    const deadline = makeDeadline(() => {
      subscriber.error(lateError());
    });
    subscriber.add(deadline.close);
    const rearm = (): void => {
      deadline.arm(timeoutMs);
    };
    const complete = (): void => {
      isSettled = true;
      subscriber.complete();
    };
    const failed = (error: unknown): void => {
      isSettled = true;
      subscriber.error(error);
    };
    const cancel = start({
      started: rearm,
      failed,
      result: (value) => {
        isSettled = true;
        deadline.close();
        subscriber.next(value);
        complete();
      },
      stream: (values$) => {
        const values = subscriberFor<unknown>({
          next: (value) => {
            rearm();
            const valve = currentValve();
            if (valve !== undefined) {
              deadline.look(valve, streamValve);
              streamValve = valve;
            }
            subscriber.next(value);
          },
          error: failed,
          complete,
        });
        subscriber.add(values);
        values$.subscribe(values);
      },
    });
    subscriber.add(() => {
      if (!isSettled) cancel?.();
    });
  });
}
