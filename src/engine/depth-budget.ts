import { DepthTuner } from './depth-tuner.js';

/** A tuner that may be as deep as its budget allows. It has a part of it until it leaves. */
export class BudgetedTuner extends DepthTuner {
  readonly #budget: DepthBudget;
  /** How many were ready at last. */
  #ready = 0;

  constructor(max: number, budget: DepthBudget) {
    super(max);
    this.#budget = budget;
    budget.join(this);
  }

  /** The depth, or what is still ready since it was more. */
  get extent(): number {
    return Math.max(this.depth, this.#ready);
  }

  /** How many of the depth have not been needed since it last changed, or was found empty; 0 when that is not known. */
  get spare(): number {
    return this.takes === 0 ? 0 : Math.min(this.fewest, this.depth - 1);
  }

  override filled(ready: number): void {
    this.#ready = ready;
    super.filled(ready);
  }

  override took(ready: number): void {
    this.#ready = ready;
    super.took(ready);
  }

  /** Others need it more. */
  lower(less: number): void {
    this.change(Math.max(1, this.depth - less));
  }

  leave(): void {
    this.#budget.leave(this);
  }

  protected override allowed(more: number): number {
    return this.#budget.lend(this, more);
  }
}

/**
 * Shares a number of ready values among several prefetches: the depths of all are never more than `total` together, except that
 * each may have one. Who finds nothing ready gets what is free, and then what others have to spare; when nobody has, half
 * of what the deepest has more.
 */
export class DepthBudget {
  readonly total: number;
  readonly #tuners = new Set<BudgetedTuner>();

  constructor(total: number) {
    this.total = total;
  }

  /** What is taken: the depths, or where one has just been made less, what is still ready beyond it. */
  get taken(): number {
    let taken = 0;
    for (const tuner of this.#tuners) taken += tuner.extent;
    return taken;
  }

  join(tuner: BudgetedTuner): void {
    this.#tuners.add(tuner);
    if (this.#free < 0) this.#giverTo(tuner)?.lower(1);
  }

  leave(tuner: BudgetedTuner): void {
    this.#tuners.delete(tuner);
  }

  /** How much deeper the tuner may become, of `more`. */
  lend(borrower: BudgetedTuner, more: number): number {
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
  #giverTo(borrower: BudgetedTuner): BudgetedTuner | undefined {
    let giver: BudgetedTuner | undefined;
    for (const tuner of this.#tuners) {
      if (tuner.depth === 1 || (tuner.spare === 0 && tuner.depth <= borrower.depth + 1)) continue;
      if (giver === undefined || (tuner.spare - giver.spare || tuner.depth - giver.depth) > 0) giver = tuner;
    }
    return giver;
  }
}
