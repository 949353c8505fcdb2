import { Fifo } from './fifo.js';

/** A started call, and what it has brought that is not delivered yet. */
export class Place {
  /** Neighbours among the pending calls, in the order of their start. */
  previous: Place | undefined;
  following: Place | undefined;
  /** True when it will bring nothing more. */
  ended = false;
  /** True when it ended with an error; a flag, since the error may be `undefined`. */
  hasFailed = false;
  reason: unknown;
  /** Values not delivered yet: the oldest, then the rest, which most calls never need. */
  #oldest: unknown;
  #rest: Fifo<unknown> | undefined;
  #count = 0;

  /** How many of its values are not delivered yet. */
  get waiting(): number {
    return this.#count;
  }

  put(value: unknown): void {
    if (this.#count++ === 0) this.#oldest = value;
    else (this.#rest ??= new Fifo()).push(value);
  }

  take(): unknown {
    const value = this.#oldest;
    this.#oldest = --this.#count > 0 ? this.#rest?.shift() : undefined;
    return value;
  }
}

/**
 * Decides what may be delivered next: in the order of the calls' start, or in the order of arrival.
 *
 * A call is pending from {@link add} until it has ended and its last value has been taken.
 */
export class Lineup<P extends Place> {
  readonly #ordered: boolean;
  #first: P | undefined;
  #last: P | undefined;
  /** How many calls are pending. */
  #size = 0;
  /** In order of arrival: one entry for each value not taken, and one for a failure. Unused when ordered. */
  readonly #arrived = new Fifo<P>();

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  get size(): number {
    return this.#size;
  }

  add(place: P): void {
    place.previous = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.following = place;
    this.#last = place;
    this.#size++;
  }

  put(place: P, value: unknown): void {
    place.put(value);
    if (!this.#ordered) this.#arrived.push(place);
  }

  end(place: P): void {
    place.ended = true;
    if (place.waiting === 0) this.#remove(place);
  }

  fail(place: P, reason: unknown): void {
    place.ended = place.hasFailed = true;
    place.reason = reason;
    if (!this.#ordered) this.#arrived.push(place);
  }

  /** The call whose value, or else whose failure, comes next; `undefined` when nothing may be delivered. */
  front(): P | undefined {
    if (!this.#ordered) return this.#arrived.peek();
    const first = this.#first;
    return first !== undefined && (first.waiting > 0 || first.hasFailed) ? first : undefined;
  }

  /** Takes a value of the call that is at the front. */
  take(front: P): unknown {
    if (!this.#ordered) this.#arrived.shift();
    const value = front.take();
    if (front.ended && !front.hasFailed && front.waiting === 0) this.#remove(front);
    return value;
  }

  /**
   * The pending calls that a failure of `place` makes pointless, newest first: those after it, when ordered, which are
   * removed; else all. Of these, those that have not ended.
   */
  outdoneBy(place: P): P[] {
    const outdone: P[] = [];
    for (let other = this.#last; other !== undefined; other = other.previous as P | undefined) {
      if (this.#ordered && other === place) break;
      if (this.#ordered) this.#remove(other);
      if (!other.ended) outdone.push(other);
    }
    return outdone;
  }

  /** The pending calls, oldest first. */
  *[Symbol.iterator](): Generator<P> {
    for (let place = this.#first; place !== undefined; place = place.following as P | undefined) yield place;
  }

  #remove(place: P): void {
    const previous = place.previous as P | undefined;
    const following = place.following as P | undefined;
    if (previous === undefined) this.#first = following;
    else previous.following = following;
    if (following === undefined) this.#last = previous;
    else following.previous = previous;
    this.#size--;
  }
}
