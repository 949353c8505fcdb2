import { Fifo } from './fifo.js';
import type { Place } from './place.js';

/**
 * Decides what may be delivered next: in the order of the calls' start, or in the order of arrival.
 *
 * A place is pending from {@link add} until it has ended and its last result has been taken.
 */
export class Lineup<P extends Place> {
  readonly #ordered: boolean;
  #first: P | undefined;
  #last: P | undefined;
  /** How many values are pending. */
  protected count = 0;
  /** In order of arrival: one entry for each result not taken, and one for a failure. Unused when ordered. */
  readonly #arrived = new Fifo<P>();

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  get size(): number {
    return this.count;
  }

  /** Enters a place at the end. */
  add(place: P): void {
    this.enter(place, this.#last);
  }

  /** `count` results of the place have come. */
  arrived(place: P, count = 1): void {
    if (!this.#ordered) for (let left = count; left > 0; left--) this.#arrived.push(place);
  }

  end(place: P): void {
    place.ended = true;
    if (place.waiting === 0) this.remove(place);
  }

  fail(place: P, reason: unknown): void {
    place.ended = place.hasFailed = true;
    place.reason = reason;
    if (!this.#ordered) this.#arrived.push(place);
  }

  /** The place whose result, or else whose failure, comes next; `undefined` when nothing may be delivered. */
  front(): P | undefined {
    if (!this.#ordered) return this.#arrived.peek();
    const first = this.#first;
    return first !== undefined && (first.waiting > 0 || first.hasFailed) ? first : undefined;
  }

  /** Takes a result of the place that is at the front. */
  take(front: P): unknown {
    if (!this.#ordered) this.#arrived.shift();
    const before = front.size;
    const value = front.take();
    this.count -= before - front.size;
    if (front.ended && !front.hasFailed && front.waiting === 0) this.remove(front);
    return value;
  }

  /**
   * Ends the pending places that a failure of `place` makes pointless: those after it, when ordered, which are removed; else
   * all, and so without `place`. Gives those that had not ended before, newest first.
   */
  outdoneBy(place?: P): P[] {
    const outdone: P[] = [];
    for (let other = this.#last; other !== undefined; other = other.previous as P | undefined) {
      if (this.#ordered && other === place) break;
      if (this.#ordered) this.remove(other);
      if (other.ended) continue;
      other.ended = other.isUnwanted = true;
      outdone.push(other);
    }
    return outdone;
  }

  /** Enters a place behind `previous`, or before all others. */
  protected enter(place: P, previous: P | undefined): void {
    const following = previous === undefined ? this.#first : (previous.following as P | undefined);
    place.previous = previous;
    place.following = following;
    if (previous === undefined) this.#first = place;
    else previous.following = place;
    if (following === undefined) this.#last = place;
    else following.previous = place;
    this.count += place.size;
  }

  protected remove(place: P): void {
    const previous = place.previous as P | undefined;
    const following = place.following as P | undefined;
    if (previous === undefined) this.#first = following;
    else previous.following = following;
    if (following === undefined) this.#last = previous;
    else following.previous = previous;
    this.count -= place.size;
  }
}
