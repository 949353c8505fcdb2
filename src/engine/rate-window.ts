import { Fifo } from './fifo.js';

/** Lets at most `limit` pass in any `perMs` milliseconds. */
export class RateWindow {
  readonly #limit: number;
  readonly #perMs: number;
  /** When the last ones passed, oldest first; never more than `#limit`. Never falls. */
  readonly #times = new Fifo<number>();
  /** The clock when it was last read, and by how much it has been set back, or has stood, in all. */
  #clock = -Infinity;
  #setBack = 0;

  constructor(limit: number, perMs: number) {
    this.#limit = limit;
    this.#perMs = perMs;
  }

  /** How long the next one has to wait; 0 when it may pass. */
  waitMs(clock: number): number {
    const now = this.#steady(clock);
    if (this.#times.length < this.#limit) return 0;
    return Math.max(0, (this.#times.peek() ?? 0) + this.#perMs - now);
  }

  /** So long somebody has waited, by a timer, since the clock was at `since`. It may stand. */
  waited(since: number, clock: number, ms: number): void {
    if (clock === since) this.#setBack += ms;
  }

  passed(clock: number): void {
    const now = this.#steady(clock);
    if (this.#times.length >= this.#limit) this.#times.shift();
    this.#times.push(now);
  }

  /** The time of a clock that is never set back: else nothing would pass until it had caught up. */
  #steady(clock: number): number {
    if (clock < this.#clock) this.#setBack += this.#clock - clock;
    this.#clock = clock;
    return clock + this.#setBack;
  }
}
