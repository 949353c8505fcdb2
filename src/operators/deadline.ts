import { asyncScheduler, type Subscription } from 'rxjs';
import { watchValve } from '../backpressure/create-valve.js';
import type { Valve } from '../backpressure/valve.js';

/** A timer that stands while a valve it looks at is held, so that it measures a source and never its consumer. */
export interface Deadline {
  /**
   * Counts `ms` from now on, whatever was counted before; `undefined` counts nothing. It stands whenever `source` is held, or
   * the one that was given last.
   */
  arm(ms: number | undefined, source?: Valve): void;
  /** Ends for good: no timer, nothing watched. */
  close(): void;
}

/** @param own - the valve that it always looks at. */
export function makeDeadline(onDue: () => void, own?: Valve): Deadline {
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
  /** The valve of the source, as far as it is known, and what ends the watching of it. */
  let looksAt: Valve | undefined;
  let unwatch: (() => void) | undefined;

  const halt = (): void => {
    timer?.unsubscribe();
    timer = undefined;
  };
  /** Milliseconds counted since `since`; none when the clock has been set back, so that it is late once and not for long. */
  const counted = (): number => Math.max(0, asyncScheduler.now() - since);
  const update = (): void => {
    if (left === undefined) return;
    if (own?.held === true || looksAt?.held === true) {
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
  const unwatchOwn = own && watchValve(own, update);
  return {
    arm(ms, source) {
      if (source !== undefined && source !== looksAt) {
        unwatch?.();
        unwatch = watchValve(source, update);
        looksAt = source;
      }
      left = ms;
      since = asyncScheduler.now();
      isMoved = true;
      if (ms === undefined || wakesAt > since + ms) halt();
      update();
    },
    close() {
      halt();
      unwatch?.();
      unwatchOwn?.();
    },
  };
}
