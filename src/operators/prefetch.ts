import type { MonoTypeOperatorFunction } from 'rxjs';
import { flow } from '../backpressure/flow.js';
import { warnInDevelopment } from '../development.js';
import { DepthTuner } from '../engine/depth-tuner.js';
import { Fifo } from '../engine/fifo.js';
import { QueueOverflowError } from '../errors.js';
import { checkCount, checkFunction, checkOneOf, checkOptions, shown } from '../options.js';

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
}

/** After so many values without a single hold, a `prefetch` is taken for misplaced. */
const neverHeldAfter = 1000;

/**
 * Keeps up to `count` values ready ahead of its consumer, and holds the source beyond that: fetching goes on while the
 * last value is still worked on.
 *
 * Use it between a slow source and a slow consumer. It needs a consumer that holds: `asyncMap`, `backgroundMap`,
 * `toAsyncIterable`, a task in `concatMap`. RxJS's own flattening operators never hold, so it would do nothing there.
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
 *   consumer finds nothing ready after it had been full, shrinks when half was always left over.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * fetchPages({ start: 1, fetch, next }).pipe(prefetch(2), asyncMap(save))
 * ```
 */
export function prefetch<T>(count: number | 'auto', options: PrefetchOptions<T> = {}): MonoTypeOperatorFunction<T> {
  checkCount('prefetch', 'count', count, 0, ['auto']);
  checkOptions('prefetch', options, ['overflow', 'onDrop', 'max']);
  const { overflow = 'buffer', onDrop, max } = options;
  checkOneOf('prefetch', 'overflow', overflow, ['buffer', 'fail', 'dropOldest', 'dropNewest']);
  if (onDrop !== undefined) {
    checkFunction('prefetch', 'onDrop', onDrop);
    if (overflow === 'buffer' || overflow === 'fail') {
      throw new TypeError(`prefetch: onDrop has nothing to tell with overflow '${overflow}', which drops nothing; choose 'dropOldest' or 'dropNewest'`);
    }
  }
  if (max !== undefined) {
    checkCount('prefetch', 'max', max, 1);
    if (count !== 'auto') throw new TypeError(`prefetch: max (${shown(max)}) is for 'auto' only; with a count of ${shown(count)} leave it out`);
  }
  if (count === 0) {
    if (overflow !== 'buffer') throw new TypeError(`prefetch: overflow '${overflow}' needs a count of at least 1; 0 keeps nothing`);
    return (source) => source;
  }
  let hasWarned = false;
  const warnNeverHeld = (): void => {
    if (hasWarned) return;
    hasWarned = true;
    warnInDevelopment(
      `prefetch(${shown(count)}) was not held once in ${String(neverHeldAfter)} values, so it fetches nothing ahead: what follows takes every value at once. ` +
        'Use asyncMap for concatMap or mergeMap with promises; flatten, collect, pace or timeoutAsSentinel for operators that keep values for later; holding() around an inner stream.',
    );
  };
  return keepReady({ count, max: max ?? 64, overflow, onDrop, warnNeverHeld });
}

interface PrefetchSettings<T> {
  readonly count: number | 'auto';
  readonly max: number;
  readonly overflow: NonNullable<PrefetchOptions<T>['overflow']>;
  readonly onDrop: ((value: T) => void) | undefined;
  readonly warnNeverHeld: () => void;
}

function keepReady<T>({ count, max, overflow, onDrop, warnNeverHeld }: PrefetchSettings<T>): MonoTypeOperatorFunction<T> {
  return flow<T, T>(({ valve, emit, end }) => {
    /** What is ready, oldest first, and whether it may be dropped: it may when no valve could hold it back. */
    const ready = new Fifo<{ readonly value: T; readonly mayDrop: boolean }>();
    /** Taken, and not delivered yet, so that its place could be refilled first. */
    let inHand: { readonly value: T } | undefined;
    let wasHeld = false;
    /** Values passed on while it was never held. */
    let passed = 0;
    const tuner = count === 'auto' ? new DepthTuner(max) : undefined;
    const hasPlace = (): boolean => ready.length < (tuner === undefined ? (count as number) : tuner.depth);

    const drop = (value: T): void => {
      try {
        onDrop?.(value);
      } catch (error) {
        end(true, error);
      }
    };
    /** What `overflow` says about a value that has no place: true when it is to be kept all the same. */
    const keepsAnyway = (value: T): boolean => {
      if (overflow === 'fail') {
        end(
          true,
          new QueueOverflowError(
            `prefetch has ${String(ready.length)} values ready and no place for another, and the source cannot be held; take faster, keep more, or choose an overflow that drops.`,
          ),
        );
      } else if (overflow !== 'buffer') {
        let oldest = overflow === 'dropOldest' ? 0 : ready.length;
        while (ready.at(oldest)?.mayDrop === false) oldest++;
        const dropped = ready.removeAt(oldest);
        drop(dropped === undefined ? value : dropped.value);
        return dropped !== undefined;
      }
      return overflow === 'buffer';
    };

    return {
      accept: (value, under) => {
        const mayDrop = under === undefined;
        if (mayDrop && !hasPlace() && !keepsAnyway(value)) return;
        // A value that the consumer takes at once was never ready ahead of it.
        const waits = valve.held || ready.length > 0 || inHand !== undefined;
        ready.push({ value, mayDrop });
        if (waits) tuner?.filled(ready.length);
      },
      hasRoom: () => {
        wasHeld ||= valve.held;
        return hasPlace();
      },
      deliver: () => {
        if (inHand !== undefined) {
          const { value } = inHand;
          inHand = undefined;
          emit(value);
          return true;
        }
        inHand = ready.shift();
        if (inHand === undefined) {
          tuner?.starved();
          return false;
        }
        tuner?.took(ready.length);
        if (!wasHeld && ++passed === neverHeldAfter) warnNeverHeld();
        return true;
      },
    };
  });
}
