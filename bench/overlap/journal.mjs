import { setTimeout as delay } from 'node:timers/promises';

/**
 * Items to fetch and to process, each of which takes its time, and a note of how far ahead fetching gets.
 *
 * An item is *ahead* when its fetch has begun, and its processing has not, at a moment when another one has just been
 * processed: the consumer's own item and the one it is about to take do not count.
 */
export class Journal {
  #fetchesBegun = 0;
  #processed = 0;
  #processingBegun = 0;
  #ahead = 0;
  /** @type {{ items: number, fetchMs: number, processMs: number }} */
  #plan;

  /** @param {{ items: number, fetchMs: number, processMs: number }} plan */
  constructor(plan) {
    this.#plan = plan;
  }

  /** How many were ahead at most. */
  get ahead() {
    return this.#ahead;
  }

  /** How long it takes when every fetch but the first, or all processing but the last, goes on beside the other. */
  get idealMs() {
    const { items, fetchMs, processMs } = this.#plan;
    return items * Math.max(fetchMs, processMs) + Math.min(fetchMs, processMs);
  }

  /** The next item, and `undefined` when there are no more. */
  fetch = async () => {
    if (this.#fetchesBegun === this.#plan.items) return undefined;
    const item = ++this.#fetchesBegun;
    await delay(this.#plan.fetchMs);
    return item;
  };

  /** @param {number} item */
  process = async (item) => {
    this.#processingBegun++;
    await delay(this.#plan.processMs);
    this.#ahead = Math.max(this.#ahead, this.#fetchesBegun - this.#processingBegun);
    if (item !== ++this.#processed) throw new Error(`item ${String(item)} came in place ${String(this.#processed)}`);
  };

  /** Throws unless everything has been processed. */
  close() {
    if (this.#processed !== this.#plan.items) throw new Error(`only ${String(this.#processed)} items were processed`);
  }
}
