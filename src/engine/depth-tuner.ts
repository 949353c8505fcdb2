/** What remains of the takes between two stalls when the next ones are closer, and when a depth was too much. */
const memory = 0.6;

/** Allows tuners to become deeper, at the cost of others. */
export interface DepthLender {
  join(tuner: DepthTuner): void;
  leave(tuner: DepthTuner): void;
  /** How much deeper the tuner may become, of `more`. */
  lend(tuner: DepthTuner, more: number): number;
}

/**
 * Finds how many values to keep ready. It doubles when the consumer found nothing ready although the depth had been
 * reached before: then more would have helped. It shrinks when at least half was left over throughout as many takes as
 * the depth, or, where stalls are further apart than that, as two of them are: then less would do.
 *
 * The first fill is no evidence, since the depth has not been reached yet; nor is time in which nobody takes, since only
 * takes are counted.
 */
export class DepthTuner {
  readonly #max: number;
  readonly #lender: DepthLender | undefined;
  #depth = 1;
  /** How many were ready at last. */
  #ready = 0;
  /** The depth has been reached since it last changed or was found empty. */
  #wasFull = false;
  /** Takes since the depth last changed or was found empty; below `#depth`. */
  #takes = 0;
  /** The fewest left ready by those takes. */
  #fewest = Infinity;
  /** Takes since it was last found empty after it had been full, and how many there are between two such stalls. */
  #sinceStall = 0;
  #betweenStalls = 0;
  /** It has shrunk since: so long without a stall, that the next one says little of how far apart they are. */
  #hasShrunk = false;

  constructor(max: number, lender?: DepthLender) {
    this.#max = max;
    this.#lender = lender;
    lender?.join(this);
  }

  get depth(): number {
    return this.#depth;
  }

  /** The depth, or what is still ready since it was more. */
  get extent(): number {
    return Math.max(this.#depth, this.#ready);
  }

  /** How many of the depth have not been needed since it last changed, or was found empty; 0 when that is not known. */
  get spare(): number {
    return this.#takes === 0 ? 0 : Math.min(this.#fewest, this.#depth - 1);
  }

  /** Others need it more. */
  lower(less: number): void {
    this.#change(Math.max(1, this.#depth - less));
  }

  leave(): void {
    this.#lender?.leave(this);
  }

  /** There are `ready` values now. */
  filled(ready: number): void {
    this.#ready = ready;
    if (ready >= this.#depth) this.#wasFull = true;
  }

  /** One was taken, and `ready` are left. */
  took(ready: number): void {
    this.#ready = ready;
    this.#sinceStall++;
    this.#fewest = Math.min(this.#fewest, ready);
    const between = this.#betweenStalls;
    if (++this.#takes < (between > this.#depth ? 2 * between : this.#depth)) return;
    const spare = this.#fewest;
    this.#restart(this.#wasFull);
    if (this.#depth === 1 || spare < this.#depth / 2) return;
    this.#betweenStalls *= memory;
    this.#hasShrunk = true;
    this.#change(Math.max(1, Math.floor(this.#depth / 2)));
  }

  /** The consumer waits, and nothing is ready. */
  starved(): void {
    if (!this.#wasFull) return;
    const most = this.#hasShrunk ? 4 * this.#betweenStalls : Infinity;
    this.#betweenStalls = Math.min(most, Math.max(this.#sinceStall, this.#betweenStalls * memory));
    this.#sinceStall = 0;
    this.#hasShrunk = false;
    const more = Math.min(this.#max, this.#depth * 2) - this.#depth;
    this.#change(this.#depth + (this.#lender?.lend(this, more) ?? more));
  }

  #change(depth: number): void {
    this.#depth = depth;
    this.#restart(false);
  }

  #restart(wasFull: boolean): void {
    this.#wasFull = wasFull;
    this.#takes = 0;
    this.#fewest = Infinity;
  }
}
