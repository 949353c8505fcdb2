import { type Observable, isObservable } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import { Fifo } from '../engine/fifo.js';
import { shown } from '#messages';
import { subscriberFor } from '../subscriber-for.js';

/** What {@link toAsyncIterable} gives. */
export interface PullingIterable<T> {
  [Symbol.asyncIterator](): PullingIterator<T>;
}

/** Can be read by hand first, and by a loop then. */
export interface PullingIterator<T> extends AsyncIterator<T, undefined, undefined> {
  /** Leaves the source, and is done with `value`, as a generator is. */
  return(value?: undefined): Promise<IteratorResult<T, undefined>>;
  /** Leaves the source, and fails with `error`, as a generator does. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): PullingIterator<T>;
}

/**
 * Reads an Observable with `for await`, at the loop's pace: the source is held while the loop's body runs.
 *
 * Use it at the end of a pipeline, in place of `subscribe`, where the consumer is a loop. Put `prefetch(n)` before it to fetch
 * while the body runs.
 *
 * Order: the source's. Memory: one value for each `next()` asked in advance when the source is pausable; values of a source that
 * cannot be held wait in a queue. Each loop subscribes anew, at its first `next()`; leaving it (`break`, `return`, a throw)
 * unsubscribes. An error of the source is thrown in the loop, after the values before it.
 *
 * @throws TypeError when `source$` is not an Observable.
 * @example
 * ```ts
 * for await (const page of toAsyncIterable(pages$.pipe(prefetch(2)))) {
 *   await save(page);
 * }
 * ```
 */
export function toAsyncIterable<T>(source$: Observable<T>): PullingIterable<T> {
  if (!isObservable(source$))
    throw new TypeError(`toAsyncIterable: source$ must be an Observable, but it is ${shown(source$)}`);
  return { [Symbol.asyncIterator]: () => new SubscribingIterator(source$) };
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(reason: unknown): void;
}

class SubscribingIterator<T> implements PullingIterator<T> {
  readonly #source$: Observable<T>;
  /** `next()` calls that wait, oldest first. Empty while `#ready` is not. */
  readonly #waiters = new Fifo<Waiter<T>>();
  /** Values that nobody has asked for yet. */
  readonly #ready = new Fifo<T>();
  /** Holds on the source. None is kept while a `next()` waits, nor after the source's end. */
  readonly #holds = new Holds();
  #state: 'new' | 'open' | 'complete' | 'error' = 'new';
  #error: unknown;

  readonly #subscriber = subscriberFor<T>({
    next: (value) => {
      const valve = currentValve();
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#ready.push(value);
      else waiter.resolve({ done: false, value });
      if (this.#waiters.length === 0) this.#holds.take(valve);
    },
    error: (error) => {
      this.#state = 'error';
      this.#error = error;
      this.#settleWaiters();
      this.#holds.leaveAll();
    },
    complete: () => {
      this.#state = 'complete';
      this.#settleWaiters();
      this.#holds.leaveAll();
    },
  });

  constructor(source$: Observable<T>) {
    this.#source$ = source$;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ready.length > 0) return Promise.resolve({ done: false, value: this.#ready.shift() as T });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#state === 'new') {
        this.#state = 'open';
        // Asked for inside another source's delivery, this one is not that one's to wait for.
        outsideDelivery(() => this.#source$.subscribe(this.#subscriber));
      } else if (this.#state === 'open') {
        while (this.#holds.size > 0 && this.#waiters.length > 0) this.#holds.releaseOldest();
      } else this.#settleWaiters();
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  return(value?: undefined): Promise<IteratorResult<T, undefined>> {
    this.#state = 'complete';
    this.#ready.clear();
    this.#subscriber.unsubscribe();
    this.#settleWaiters();
    this.#holds.leaveAll();
    return Promise.resolve({ done: true, value });
  }

  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    await this.return();
    throw error;
  }

  /** After the end: the error goes to one `next()`, the others and all later ones are done. */
  #settleWaiters(): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (this.#state === 'error') {
        this.#state = 'complete';
        waiter.reject(this.#error);
      } else waiter.resolve({ done: true, value: undefined });
    }
  }
}
