import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { isObservable } from 'rxjs';
import { shown } from '#messages';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { subscriberFor } from '../subscriber-for.js';
import { relayed, type Relay, type RelayPolicy } from './relay.js';

/**
 * Lets through as many values in all as the latest number from `wanted$`, and holds the rest: infinite scroll, "load more".
 *
 * `wanted$` is a running total, so that repeated events do no harm; a number below the latest is ignored. The source is
 * subscribed at the first number above 0.
 *
 * ```text
 * wanted$            2-----3------|
 * source             abcdefgh
 * onDemand(wanted$)  ab----c------|
 * ```
 *
 * Order: the source's. Memory: nothing waits when the source is pausable; put `prefetch(n)` before it to have the next
 * values ready. It completes with the source, or when `wanted$` has completed and its total has been reached. An error of the
 * source comes after the values before it that were wanted; so does an error of `wanted$`, and a value of it that is
 * not a number. Unsubscribing leaves both.
 *
 * @throws TypeError when `wanted$` is not an Observable.
 * @example
 * ```ts
 * pages$.pipe(prefetch(2), onDemand(scrolledTo$))
 * ```
 */
export function onDemand<T>(wanted$: Observable<number>): MonoTypeOperatorFunction<T> {
  if (!isObservable(wanted$))
    throw new TypeError(`onDemand: wanted$ must be an Observable of numbers, but it is ${shown(wanted$)}`);
  return relayed<T, T>((relay) => new OnDemand(relay, wanted$));
}

class OnDemand<T> implements RelayPolicy<T> {
  readonly #relay: Relay<T>;
  readonly #wanted$: Observable<number>;
  /** Values that may pass in all; never falls. */
  #wanted = 0;
  /** Values that have passed; never more than `#wanted`. */
  #passed = 0;
  #connected = false;
  #noMoreWanted = false;
  readonly #wish = subscriberFor<number>({
    next: (total) => {
      this.#want(total);
    },
    error: (error) => {
      this.#relay.end('error', error);
    },
    complete: () => {
      this.#noMoreWanted = true;
      this.#endWhenReached();
    },
  });

  constructor(relay: Relay<T>, wanted$: Observable<number>) {
    this.#relay = relay;
    this.#wanted$ = wanted$;
  }

  starts(): void {
    this.#wanted$.subscribe(this.#wish);
  }

  accept(value: T): void {
    this.#relay.put(value);
  }

  mayPass(): boolean {
    return this.#passed + 1 <= this.#wanted;
  }

  passing(): void {
    this.#passed++;
    this.#endWhenReached();
  }

  closed(): void {
    this.#wish.unsubscribe();
  }

  #want(total: number): void {
    if (typeof total !== 'number' || Number.isNaN(total)) {
      this.#relay.end('error', new TypeError(`onDemand: wanted$ must emit numbers, but it emitted ${shown(total)}`));
      return;
    }
    if (total <= this.#wanted) return;
    this.#wanted = total;
    if (this.#connected) this.#relay.drain();
    else {
      this.#connected = true;
      // Values of the source are not `wanted$`'s to hold for.
      outsideDelivery(this.#relay.connect);
    }
  }

  #endWhenReached(): void {
    if (this.#noMoreWanted && !this.mayPass()) this.#relay.end('complete');
  }
}
