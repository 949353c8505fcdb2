import { asyncScheduler, type Subscription } from 'rxjs';
import { watchValve } from '../backpressure/create-valve.js';
import type { Valve } from '../backpressure/valve.js';

/** A timer that stands while a valve it looks at is held, so that it measures a source and never its consumer. */
export interface Deadline {
  /** Counts `ms` from now on, whatever was counted before; `undefined` counts nothing. */
  arm(ms: number | undefined): void;
  /** From now on it stands whenever `valve` is held, in place of `former`. */
  look(valve: Valve, former?: Valve): void;
  /** Ends for good: no timer, nothing watched. */
  close(): void;
}

export function makeDeadline(onDue: () => void): Deadline {
  /** Milliseconds to go from `since` on; `undefined` when not armed. */
  let left: number | undefined;
  let since = 0;
  /**
   * Exists exactly when armed and nothing is held. It may go off early, when time was added since it was set, and is then
   * set again: a deadline that moves with every value costs no timer for each.
   */
  let timer: Subscription | undefined;
  let wakesAt = 0;
  /** Counting has begun anew since the timer was set. If not, it has gone off in time, whatever the clock says: it may stand. */
  let isMoved = false;
  const unwatch = new Map<Valve, () => void>();

  const halt = (): void => {
    timer?.unsubscribe();
    timer = undefined;
  };
  /** Milliseconds counted since `since`; none when the clock has been set back, so that it is late once and not for long. */
  const counted = (): number => Math.max(0, asyncScheduler.now() - since);
  const update = (): void => {
    if (left === undefined) return;
    if ([...unwatch.keys()].some((valve) => valve.held)) {
      if (timer !== undefined) left -= counted();
      halt();
    } else if (timer === undefined) {
      since = asyncScheduler.now();
      wakesAt = since + left;
      isMoved = false;
      timer = asyncScheduler.schedule(wake, left);
    }
  };
  const wake = (): void => {
    timer = undefined;
    left = isMoved ? (left as number) - counted() : 0;
    if (left > 0) update();
    else {
      left = undefined;
      onDue();
    }
  };
  return {
    arm(ms) {
      left = ms;
      since = asyncScheduler.now();
      isMoved = true;
      if (ms === undefined || wakesAt > since + ms) halt();
      update();
    },
    look(valve, former) {
      if (valve === former) return;
      if (former !== undefined) {
        unwatch.get(former)?.();
        unwatch.delete(former);
      }
      unwatch.set(valve, watchValve(valve, update));
      update();
    },
    close() {
      left = undefined;
      halt();
      for (const stop of unwatch.values()) stop();
      unwatch.clear();
    },
  };
}
