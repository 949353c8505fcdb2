import { Observable } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
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
    let settled = false;
    const deadline = new Deadline(() => {
      subscriber.error(lateError());
    });
    const rearm = (): void => {
      if (timeoutMs !== undefined) deadline.arm(timeoutMs);
    };
    subscriber.add(() => {
      deadline.close();
    });
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
        const values = subscriberFor<unknown>({
          next: (value) => {
            rearm();
            const valve = currentValve();
            if (valve !== undefined) {
              deadline.lookInstead(streamValve, valve);
              streamValve = valve;
            }
            subscriber.next(value);
          },
          error: (error) => {
            settled = true;
            subscriber.error(error);
          },
          complete: () => {
            settled = true;
            subscriber.complete();
          },
        });
        subscriber.add(values);
        values$.subscribe(values);
      },
      failed: (error) => {
        settled = true;
        subscriber.error(error);
      },
    });
    subscriber.add(() => {
      if (!settled) cancel?.();
    });
  });
}
