import { Observable, type Subscriber } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import type { Valve } from '../backpressure/valve.js';
import type { Arrivals } from '../executors/arrivals.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';
import { makeDeadline } from './deadline.js';

/** Who is told how a call, or one attempt of it, ends. */
export interface AttemptListener extends CallListener {
  /** It has ended, or nobody wants it any more: there is no need to begin it. */
  hasEnded(): boolean;
}

/** Begins one attempt of one value's call, and returns what cancels it. */
export type StartAttempt<T> = (
  value: T,
  index: number,
  listener: AttemptListener,
  /** 1, the default, for the first. */
  attempt?: number,
) => (() => void) | undefined;

/** An attempt begins. Gives what is told how it ends: failed or not, or without an argument, cancelled. The first end counts. */
export type Meter = () => (hasFailed?: boolean) => void;

/**
 * One attempt as a stream: what it brings, or its error, or the error that `lateError` makes once it has taken longer than
 * `timeoutMs` from its start, or between two values of a result that streams.
 */
export function attemptStream(
  start: (listener: AttemptListener) => (() => void) | undefined,
  timeoutMs: number | undefined,
  lateError: () => unknown,
  meter: Meter | undefined,
): Observable<unknown> {
  return new Observable((subscriber) => {
    // RxJS's `retry` subscribes again even when its own subscriber has gone since the error.
    if (subscriber.closed) return;
    /** Over, by itself or stopped: there is nothing to cancel. */
    let isSettled = false;
    let cancel: (() => void) | undefined;
    let values: Subscriber<unknown> | undefined;
    /** Where its values come sooner than they are wanted, and are measured there. */
    let arrivals: Arrivals | undefined;
    const ended = meter?.();
    const settle = (hasFailed?: boolean): void => {
      isSettled = true;
      ended?.(hasFailed);
    };
    const stop = (): void => {
      deadline.close();
      if (isSettled) return;
      settle();
      values?.unsubscribe();
      cancel?.();
    };
    // Stopped before anyone hears of it: what is done about the error may need the place that it had.
    const deadline = makeDeadline(() => {
      if (arrivals !== undefined) {
        arrivals.fail(lateError());
        return;
      }
      stop();
      subscriber.error(lateError());
    });
    const rearm = (source?: Valve): void => {
      deadline.arm(timeoutMs, source);
    };
    const complete = (): void => {
      settle(false);
      subscriber.complete();
    };
    // With no valve current, as the next attempt may start, and a user's function be called, inside this.
    const fail = (error: unknown): void => {
      settle(true);
      outsideDelivery(() => {
        subscriber.error(error);
      });
    };
    try {
      cancel = start({
        // A getter here would be a shape of its own for each attempt, to V8, which keeps those, and all they know, for long.
        hasEnded: () => subscriber.closed,
        started: rearm,
        failed: fail,
        result: (value) => {
          settle(false);
          subscriber.next(value);
          subscriber.complete();
        },
        stream: (values$, from) => {
          if (subscriber.closed) return;
          arrivals = from;
          if (arrivals !== undefined) {
            rearm(arrivals.pause);
            arrivals.onArrival(rearm);
          }
          values = subscriberFor<unknown>({
            next: (value) => {
              if (arrivals === undefined) rearm(currentValve());
              subscriber.next(value);
            },
            error: fail,
            complete,
          });
          // Here already: one that brings its values at once can be left while it does.
          subscriber.add(values);
          values$.subscribe(values);
        },
      });
    } catch (error) {
      fail(error);
    }
    subscriber.add(stop);
  });
}
