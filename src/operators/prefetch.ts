import type { MonoTypeOperatorFunction } from 'rxjs';
import { outsideDelivery } from '../backpressure/outside-delivery.js';
import type { Valve } from '../backpressure/valve.js';
import { warnInDevelopment } from '../development.js';
import { DepthTuner } from '../engine/depth-tuner.js';
import { Fifo } from '../engine/fifo.js';
import { QueueOverflowError } from '../errors.js';
import { checkCount, checkFunction, checkOneOf, checkOptions, shown } from '../options.js';
import { relayed, type Relay, type RelayPolicy } from './relay.js';

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
  const warnOnce = once(() => {
    warnInDevelopment(
      `prefetch(${shown(count)}) was not held once in ${String(neverHeldAfter)} values, so it fetches nothing ahead: what follows takes every value at once. ` +
        'Use asyncMap in place of concatMap or mergeMap with promises, flatten, collect, pace or timeoutAsSentinel in place of operators that keep values for later, or holding() around an inner stream.',
    );
  });
  return relayed<T, T>((relay) => new Prefetch(relay, count === 'auto' ? new DepthTuner(max ?? 64) : count, overflow, onDrop, warnOnce));
}

class Prefetch<T> implements RelayPolicy<T> {
  readonly #relay: Relay<T, T>;
  readonly #depth: number | DepthTuner;
  readonly #overflow: NonNullable<PrefetchOptions<T>['overflow']>;
  readonly #onDrop: ((value: T) => void) | undefined;
  readonly #warnNeverHeld: () => void;
  /** For each waiting value, whether it may be dropped. Kept for `'dropOldest'` only. */
  readonly #droppable = new Fifo<boolean>();
  #wasHeld = false;
  /** Values passed on while it was never held. */
  #passed = 0;

  constructor(
    relay: Relay<T, T>,
    depth: number | DepthTuner,
    overflow: NonNullable<PrefetchOptions<T>['overflow']>,
    onDrop: ((value: T) => void) | undefined,
    warnNeverHeld: () => void,
  ) {
    this.#relay = relay;
    this.#depth = depth;
    this.#overflow = overflow;
    this.#onDrop = onDrop;
    this.#warnNeverHeld = warnNeverHeld;
  }

  accept(value: T, valve: Valve | undefined): void {
    const droppable = valve === undefined;
    if (droppable && !this.#hasPlace()) this.#overflows(value);
    else this.#keep(value, droppable);
  }

  hasRoom(): boolean {
    if (this.#relay.valve.held) this.#wasHeld = true;
    return this.#hasPlace();
  }

  passing(): void {
    if (this.#overflow === 'dropOldest') this.#droppable.shift();
    if (typeof this.#depth === 'object') this.#depth.took(this.#relay.waiting);
    if (!this.#wasHeld && ++this.#passed === neverHeldAfter) this.#warnNeverHeld();
  }

  starved(): void {
    if (typeof this.#depth === 'object') this.#depth.starved();
  }

  #hasPlace(): boolean {
    return this.#relay.waiting < (typeof this.#depth === 'object' ? this.#depth.depth : this.#depth);
  }

  #keep(value: T, droppable: boolean): void {
    // A value that the consumer takes at once was never ready ahead of it.
    const waits = this.#relay.valve.held || !this.#relay.isEmpty;
    this.#relay.put(value);
    if (this.#overflow === 'dropOldest') this.#droppable.push(droppable);
    if (waits && typeof this.#depth === 'object') this.#depth.filled(this.#relay.waiting);
  }

  /** Does with a value for which there is no place, and which may be dropped, what the policy says. */
  #overflows(value: T): void {
    switch (this.#overflow) {
      case 'buffer':
        this.#keep(value, true);
        break;
      case 'fail':
        this.#relay.end(
          'error',
          new QueueOverflowError(
            `prefetch has ${String(this.#relay.waiting)} values waiting and no place for another, and its source cannot be held; take faster, keep more, or choose an overflow that drops.`,
          ),
        );
        break;
      case 'dropNewest':
        this.#drop(value);
        break;
      case 'dropOldest':
        this.#dropOldestFor(value);
        break;
    }
  }

  /** Gives the place of the oldest value that may be dropped to `value`, which is dropped itself when there is none. */
  #dropOldestFor(value: T): void {
    for (let i = 0; i < this.#droppable.length; i++) {
      if (this.#droppable.at(i) !== true) continue;
      this.#droppable.removeAt(i);
      const oldest = this.#relay.dropAt(i) as T;
      // Kept first: whatever `onDrop` does, it finds every place taken.
      this.#keep(value, true);
      this.#drop(oldest);
      return;
    }
    this.#drop(value);
  }

  #drop(value: T): void {
    const onDrop = this.#onDrop;
    if (onDrop === undefined) return;
    try {
      outsideDelivery(() => {
        onDrop(value);
      });
    } catch (error) {
      this.#relay.end('error', error);
    }
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
