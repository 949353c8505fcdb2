import { asyncScheduler, type OperatorFunction, type Subscription } from 'rxjs';
import { gathers } from '#messages';
import type { Valve } from '../backpressure/valve.js';
import { checkOptions, checkValue } from '../options.js';
import { relayed, type Relay, type RelayPolicy } from './relay.js';

export interface CollectOptions {
  /** Milliseconds after which an array is emitted though it is not full, from its first value. Default: never. */
  readonly maxWaitMs?: number;
}

/**
 * Rows to batches: emits arrays of `size` values, fewer after `maxWaitMs` or at the end. For bulk writes.
 *
 * Use it in place of `bufferCount` and `bufferTime`: it holds the source while its array waits for the consumer.
 *
 * ```text
 * source                       a-b-c-d----------e|
 * collect(3, {maxWaitMs: 6})   ----[abc]---[d]--([e]|)
 * ```
 *
 * Order: the source's; an array is never empty. Memory: `size` values. An error comes after an array of what was collected
 * before it; unsubscribing drops that.
 *
 * @param size - values an array, a whole number of at least 1.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * results$.pipe(collect(100, { maxWaitMs: 500 }), prefetch(1), asyncMap((rows) => insert(rows)))
 * ```
 */
export function collect<T>(size: number, options: CollectOptions = {}): OperatorFunction<T, T[]> {
  checkValue('collect', 'size', size, ['count', 1]);
  const { maxWaitMs } = checkOptions('collect', options, { maxWaitMs: ['duration'] });
  return relayed<T, T[]>((relay) => new Collect(relay, size, maxWaitMs));
}

class Collect<T> implements RelayPolicy<T> {
  readonly #relay: Relay<T[]>;
  readonly #size: number;
  readonly #maxWaitMs: number | undefined;
  /** Shorter than `#size`. */
  #batch: T[] = [];
  /** Runs exactly while `#batch` has a value and there is a `maxWaitMs`. */
  #timer: Subscription | undefined;

  constructor(relay: Relay<T[]>, size: number, maxWaitMs: number | undefined) {
    this.#relay = relay;
    this.#size = size;
    this.#maxWaitMs = maxWaitMs;
  }

  accept(value: T, under: Valve | undefined): void {
    if (this.#batch.length === 0) gathers(under, this.#size);
    this.#batch.push(value);
    if (this.#batch.length >= this.#size) this.#flush();
    else if (this.#maxWaitMs !== undefined) {
      this.#timer ??= asyncScheduler.schedule(() => {
        this.#flush();
        this.#relay.drain();
      }, this.#maxWaitMs);
    }
  }

  sourceEnded(): void {
    if (this.#batch.length > 0) this.#flush();
  }

  closed(): void {
    this.#timer?.unsubscribe();
    this.#batch = [];
  }

  #flush(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    const batch = this.#batch;
    this.#batch = [];
    this.#relay.put(batch);
  }
}
