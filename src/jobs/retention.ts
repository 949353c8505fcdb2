import { Fifo } from '../engine/fifo.js';

/** Which of those that have ended are let go: the oldest, once there are too many, and those that are too old. */
export class Retention<T> {
  readonly #count: number;
  readonly #ms: number;
  /** Oldest first. Never more than `#count` between two calls. */
  readonly #kept = new Fifo<{ readonly one: T; readonly endedAt: number }>();

  constructor(count: number, ms: number) {
    this.#count = count;
    this.#ms = ms;
  }

  add(one: T, now: number): void {
    this.#kept.push({ one, endedAt: now });
  }

  /** Takes out those that are to be let go. */
  *expired(now: number): Iterable<T> {
    for (let oldest = this.#kept.peek(); oldest !== undefined; oldest = this.#kept.peek()) {
      if (this.#kept.length <= this.#count && now - oldest.endedAt < this.#ms) return;
      this.#kept.shift();
      yield oldest.one;
    }
  }
}
