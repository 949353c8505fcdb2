import type { DepthLender, DepthTuner } from './depth-tuner.js';

/**
 * Shares a number of ready values among several prefetches: the depths of all are never more than `total` together, except that
 * each may have one. Who finds nothing ready gets what is free, and then what others have to spare; when nobody has, half
 * of what the deepest has more.
 */
export class DepthBudget implements DepthLender {
  readonly total: number;
  readonly #tuners = new Set<DepthTuner>();

  constructor(total: number) {
    this.total = total;
  }

  /** What is taken: the depths, or where one has just been made less, what is still ready beyond it. */
  get taken(): number {
    let taken = 0;
    for (const tuner of this.#tuners) taken += tuner.extent;
    return taken;
  }

  join(tuner: DepthTuner): void {
    this.#tuners.add(tuner);
    if (this.#free < 0) this.#giverTo(tuner)?.lower(1);
  }

  leave(tuner: DepthTuner): void {
    this.#tuners.delete(tuner);
  }

  lend(borrower: DepthTuner, more: number): number {
    const missing = more - this.#free;
    const giver = missing > 0 ? this.#giverTo(borrower) : undefined;
    if (giver !== undefined) {
      const half = Math.ceil((giver.depth - borrower.depth) / 2);
      giver.lower(Math.min(missing, giver.spare > 0 ? giver.spare : half));
    }
    return Math.max(0, Math.min(more, this.#free));
  }

  get #free(): number {
    return this.total - this.taken;
  }

  /** Who has most to spare; or who has most, when that is more than the borrower has. */
  #giverTo(borrower: DepthTuner): DepthTuner | undefined {
    let giver: DepthTuner | undefined;
    for (const tuner of this.#tuners) {
      if (tuner.depth === 1 || (tuner.spare === 0 && tuner.depth <= borrower.depth + 1)) continue;
      if (giver === undefined || (tuner.spare - giver.spare || tuner.depth - giver.depth) > 0) giver = tuner;
    }
    return giver;
  }
}
