import { Fifo } from './fifo.js';

/** Lets at most `limit` pass in any `perMs` milliseconds. */
export class RateWindow {
  readonly #limit: number;
  readonly #perMs: number;
  /** When the last ones passed, oldest first; never more than `#limit`. */
  readonly #times = new Fifo<number>();

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** How long the next one has to wait; 0 when it may pass. */
  waitMs(now: number): number {
    if (this.#times.length < this.#limit) return 0;
    return Math.max(0, (this.#times.at(0) ?? 0) + this.#perMs - now);
  }

  passed(now: number): void {
    if (this.#times.length >= this.#limit) this.#times.shift();
    this.#times.push(now);
  }
}
