/**
 * Finds how many values to keep ready. It doubles when the consumer found nothing ready although the depth had been
 * reached before: then more would have helped. It shrinks when at least half was left over throughout as many takes as
 * the depth: then less would do.
 *
 * The first fill is no evidence, since the depth has not been reached yet; nor is time in which nobody takes, since only
 * takes are counted.
 */
export class DepthTuner {
  readonly #max: number;
  #depth = 1;
  /** The depth has been reached since it last changed or was found empty. */
  #wasFull = false;
  /** Takes since the depth last changed or was found empty; below `#depth`. */
  #takes = 0;
  /** The fewest left ready by those takes. */
  #fewest = Infinity;

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
    this.#fewest = Math.min(this.#fewest, ready);
    if (++this.#takes < this.#depth) return;
    const spare = this.#fewest;
    this.#restart(this.#wasFull);
    if (this.#depth > 1 && spare >= this.#depth / 2) this.#change(Math.max(1, Math.floor(this.#depth / 2)));
  }

  /** The consumer waits, and nothing is ready. */
  starved(): void {
    if (!this.#wasFull) return;
    if (this.#depth < this.#max) this.#change(Math.min(this.#max, this.#depth * 2));
    else this.#restart(false);
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
