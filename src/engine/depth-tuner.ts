/** What remains of the takes between two stalls when the next ones are closer, and when a depth was too much. */
const memory = 0.6;

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
  #depth = 1;
  /** The depth has been reached since it last changed or was found empty. */
  #wasFull = false;
  /** Takes since the depth last changed or was found empty; below `depth`. */
  protected takes = 0;
  /** The fewest left ready by those takes. */
  protected fewest = Infinity;
  /** Takes since it was last found empty after it had been full, and how many there are between two such stalls. */
  #sinceStall = 0;
  #betweenStalls = 0;
  /** It has shrunk since: so long without a stall, that the next one says little of how far apart they are. */
  #hasShrunk = false;

  constructor(max: number) {
    this.#max = max;
  }

  get depth(): number {
    return this.#depth;
  }

  /** There are `ready` values now. */
  filled(ready: number): void {
    if (ready >= this.#depth) this.#wasFull = true;
  }

  /** One was taken, and `ready` are left. */
  took(ready: number): void {
    this.#sinceStall++;
    this.fewest = Math.min(this.fewest, ready);
    const between = this.#betweenStalls;
    if (++this.takes < (between > this.#depth ? 2 * between : this.#depth)) return;
    const spare = this.fewest;
    this.#restart(this.#wasFull);
    if (this.#depth === 1 || spare < this.#depth / 2) return;
    this.#betweenStalls *= memory;
    this.#hasShrunk = true;
    this.change(Math.max(1, Math.floor(this.#depth / 2)));
  }

  /** The consumer waits, and nothing is ready. */
  starved(): void {
    if (!this.#wasFull) return;
    const most = this.#hasShrunk ? 4 * this.#betweenStalls : Infinity;
    this.#betweenStalls = Math.min(most, Math.max(this.#sinceStall, this.#betweenStalls * memory));
    this.#sinceStall = 0;
    this.#hasShrunk = false;
    const more = Math.min(this.#max, this.#depth * 2) - this.#depth;
    this.change(this.#depth + this.allowed(more));
  }

  /** How much deeper it may become, of `more`. */
  protected allowed(more: number): number {
    return more;
  }

  protected change(depth: number): void {
    this.#depth = depth;
    this.#restart(false);
  }

  #restart(wasFull: boolean): void {
    this.#wasFull = wasFull;
    this.takes = 0;
    this.fewest = Infinity;
  }
}
