import { text, watchHolds } from '#messages';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { flow } from '../backpressure/flow.js';
import { DepthTuner } from '../engine/depth-tuner.js';
import { Fifo } from '../engine/fifo.js';
import { QueueOverflowError } from '../errors.js';
import { aFunction, checkOptions, checkValue, refuse } from '../options.js';
import { lender } from './lender.js';
import type { PrefetchBudget } from './prefetch-budget.js';

export interface PrefetchOptions<T> {
  /**
   * What to do with a value for which there is no place, when its source cannot be held: keep it anyway (`'buffer'`, the
   * default), fail with a `QueueOverflowError`, or drop the oldest or the newest. Values that came under a valve are
   * always kept.
   */
  readonly overflow?: 'buffer' | 'fail' | 'dropOldest' | 'dropNewest';
  /** Called with each value that is dropped. */
  readonly onDrop?: (value: T) => void;
  /** The most that `'auto'` keeps ready. Default 64. */
  readonly max?: number;
  /** What `'auto'` shares with other prefetches: all of them have no more ready than it allows. See `prefetchBudget`. */
  readonly budget?: PrefetchBudget;
}

/** A value, and whether it may be dropped: it may when no valve could hold it back. */
interface Kept<T> {
  readonly value: T;
  readonly mayDrop: boolean;
}

/**
 * Keeps up to `count` values ready ahead of its consumer, and holds the source beyond that: fetching goes on while the
 * last value is still worked on.
 *
 * Use it between a slow source and a slow consumer. It needs a consumer that holds: `asyncMap`, `backgroundMap`,
 * `toAsyncIterable`, `holding`, a task in `mergeMap`. RxJS's own flattening operators never hold, so it would do nothing there.
 *
 * ```text
 * fetch takes 1      a-b-c----d----|
 * prefetch(2)        a-b-c----d----|    the consumer takes 5 a value: two wait ready, the third is not fetched
 * consumer           a----b----c----d
 * ```
 *
 * Order: first in, first out. Memory: at most `count` values, not counting the one the consumer works on; what is
 * under way counts, too, when the source brings one at a time. A value's place is refilled as it is taken, before the
 * consumer works on it. An error comes after the values before it. Unsubscribing drops what waits.
 *
 * @param count - a whole number of at least 0 (which passes everything through), or `'auto'`: starts at 1, doubles when the
 *   consumer finds nothing ready after it had been full, shrinks when half was left over for long enough: longer than stalls
 *   are apart.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * fetchPages({ start: 1, fetch, next }).pipe(prefetch(2), asyncMap(save))
 * ```
 */
export function prefetch<T>(count: number | 'auto', options: PrefetchOptions<T> = {}): MonoTypeOperatorFunction<T> {
  checkValue('prefetch', 'count', count, ['count', 0, 'auto']);
  const read = checkOptions('prefetch', options, {
    overflow: ['only', 0, 'buffer', 'fail', 'dropOldest', 'dropNewest'],
    onDrop: aFunction,
    max: ['count', 1],
    budget: ['only', 0, lender],
  });
  const { overflow = 'buffer', onDrop, max = 64, budget } = read;
  refuse(onDrop !== undefined && !overflow.startsWith('drop'), 'prefetch', 'onDrop', onDrop);
  refuse(read.max !== undefined && count !== 'auto', 'prefetch', 'max', max);
  refuse(budget !== undefined && count !== 'auto', 'prefetch', 'budget', budget);
  refuse(count === 0 && overflow !== 'buffer', 'prefetch', 'overflow', overflow);
  if (count === 0) return (source) => source;

  const watched = watchHolds(count);
  return flow<T, T>(({ valve, emit, end }) => {
    /** What is ready, oldest first. */
    const ready = new Fifo<Kept<T>>();
    /** Taken, and not delivered yet, so that its place could be refilled first. */
    let inHand: Kept<T> | undefined;
    /** Told of each value, until something has held. */
    let passed = watched?.(valve);
    const budgeted = budget?.[lender](max);
    const tuner = count === 'auto' ? (budgeted ?? new DepthTuner(max)) : undefined;
    const hasPlace = (): boolean => ready.length < (tuner?.depth ?? (count as number));

    const take = (kept: Kept<T>): void => {
      inHand = kept;
      tuner?.took(ready.length);
      passed?.();
    };
    const keep = (kept: Kept<T>): void => {
      // A value that the consumer takes at once is never ready ahead of it.
      if (!valve.held && ready.length === 0 && inHand === undefined) take(kept);
      else {
        ready.push(kept);
        tuner?.filled(ready.length);
      }
    };
    /** Does with a value that has no place, and may be dropped, what `overflow` says. */
    const overflows = (kept: Kept<T>): void => {
      if (overflow === 'fail') {
        end(true, new QueueOverflowError(text('overflow', ready.length)));
        return;
      }
      const dropped = overflow === 'dropOldest' ? ready.shiftFirst(({ mayDrop }) => mayDrop) : undefined;
      // Kept first: whatever `onDrop` does, it finds every place taken.
      if (dropped !== undefined) keep(kept);
      try {
        onDrop?.((dropped ?? kept).value);
      } catch (error) {
        end(true, error);
      }
    };

    return {
      letsSourceGoOn: true,
      hasValue: () => inHand !== undefined || ready.length > 0,
      accept: (value, under) => {
        const kept = { value, mayDrop: under === undefined };
        if (!kept.mayDrop || overflow === 'buffer' || hasPlace()) keep(kept);
        else overflows(kept);
      },
      hasRoom: () => {
        if (valve.held) passed = undefined;
        return hasPlace();
      },
      deliver: () => {
        if (inHand !== undefined) {
          const { value } = inHand;
          inHand = undefined;
          emit(value);
          return true;
        }
        const oldest = ready.shift();
        if (oldest !== undefined) {
          take(oldest);
          return true;
        }
        tuner?.starved();
        return false;
      },
      close: () => {
        budgeted?.leave();
      },
    };
  });
}
