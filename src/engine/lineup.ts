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
  #size = 0;
  /** In order of arrival: one entry for each result not taken, and one for a failure. Unused when ordered. */
  readonly #arrived = new Fifo<P>();
  /** A failure that comes before everything else. */
  #foremost: P | undefined;

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  get size(): number {
    return this.#size;
  }

  /** Enters a place at the end. */
  add(place: P): void {
    this.#enter(place, this.#last);
  }

  /** Enters a place right behind another: the two share the values that the other stood for. */
  addBehind(other: P, place: P): void {
    this.#enter(place, other);
    this.#size -= place.size;
  }

  /** Enters a place before all others. */
  addFirst(place: P): void {
    this.#enter(place, undefined);
  }

  /** Puts a place where another of the same size has stood. */
  replace(other: P, place: P): void {
    this.#enter(place, other);
    this.#remove(other);
  }

  /** `count` results of the place have come. */
  arrived(place: P, count = 1): void {
    if (!this.#ordered) for (let left = count; left > 0; left--) this.#arrived.push(place);
  }

  end(place: P): void {
    place.ended = true;
    if (place.waiting === 0) this.#remove(place);
  }

  /** @param isForemost - it comes before everything that has arrived. */
  fail(place: P, reason: unknown, isForemost = false): void {
    place.ended = place.hasFailed = true;
    place.reason = reason;
    if (isForemost) this.#foremost = place;
    else if (!this.#ordered) this.#arrived.push(place);
  }

  /** The place whose result, or else whose failure, comes next; `undefined` when nothing may be delivered. */
  front(): P | undefined {
    if (this.#foremost !== undefined) return this.#foremost;
    if (!this.#ordered) return this.#arrived.peek();
    const first = this.#first;
    return first !== undefined && (first.waiting > 0 || first.hasFailed) ? first : undefined;
  }

  /** Takes a result of the place that is at the front. */
  take(front: P): unknown {
    if (!this.#ordered) this.#arrived.shift();
    const before = front.size;
    const value = front.take();
    this.#size -= before - front.size;
    if (front.ended && !front.hasFailed && front.waiting === 0) this.#remove(front);
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
      if (this.#ordered) this.#remove(other);
      if (other.ended) continue;
      other.ended = other.isUnwanted = true;
      outdone.push(other);
    }
    return outdone;
  }

  #enter(place: P, previous: P | undefined): void {
    const following = previous === undefined ? this.#first : (previous.following as P | undefined);
    place.previous = previous;
    place.following = following;
    if (previous === undefined) this.#first = place;
    else previous.following = place;
    if (following === undefined) this.#last = place;
    else following.previous = place;
    this.#size += place.size;
  }

  #remove(place: P): void {
    const previous = place.previous as P | undefined;
    const following = place.following as P | undefined;
    if (previous === undefined) this.#first = following;
    else previous.following = following;
    if (following === undefined) this.#last = previous;
    else following.previous = previous;
    this.#size -= place.size;
  }
}
