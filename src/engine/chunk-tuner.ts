/** The worker time that a chunk aims at. From 2 to 8 ms throughput hardly changes; shorter is fairer to whoever waits. */
export const targetMs = 4;
/** The most values in a chunk. Beyond it there is nothing left to gain, and much to hold up. */
export const mostInChunk = 1024;
/** The most that a chunk should weigh. */
export const mostBytes = 1 << 20;
/** How much of the average the latest report makes up. */
const weight = 0.5;

/**
 * Finds how many values to send at once, from how long workers took for those before.
 *
 * It starts with one, and at most doubles with each report, as long as the values of a chunk take less than the target
 * together. Two reports in a row of slower values shrink it: a single one is what a worker that had to wait for a processor
 * tells, too.
 */
export class ChunkTuner {
  readonly #most: number;
  #size = 1;
  #msEach: number | undefined;
  /** How long a value took by the report before. */
  #lastMsEach = 0;
  #bytesEach = 0;

  /** @param most - never more values than this. */
  constructor(most = mostInChunk) {
    this.#most = Math.min(most, mostInChunk);
  }

  /** How many values to send at once. */
  get size(): number {
    return this.#size;
  }

  /** How long a value takes, in milliseconds; `undefined` before the first report. */
  get msEach(): number | undefined {
    return this.#msEach;
  }

  /** A worker has run `count` values in `ms`. */
  ran(count: number, ms: number): void {
    if (count === 0) return;
    const latest = ms / count;
    const before = this.#msEach;
    if (before === undefined) this.#msEach = latest;
    else if (latest < before) this.#msEach = before + weight * (latest - before);
    else this.#msEach = Math.max(before, Math.min(latest, this.#lastMsEach));
    this.#lastMsEach = latest;
    const fitting = Math.min(targetMs / this.#msEach, this.#bytesEach === 0 ? Infinity : mostBytes / this.#bytesEach);
    // A chunk that was not full says how long its values take, but not that more of them were wanted.
    const reach = count * 2 >= this.#size ? this.#size * 2 : this.#size;
    this.#size = Math.max(1, Math.min(Math.floor(fitting), reach, this.#most));
  }

  /** A value weighs so much. */
  weighed(bytes: number): void {
    this.#bytesEach = Math.max(bytes, this.#bytesEach + weight * (bytes - this.#bytesEach));
    if (this.#bytesEach * this.#size > mostBytes) this.#size = Math.max(1, Math.floor(mostBytes / this.#bytesEach));
  }
}
