import { BudgetedTuner, DepthBudget } from '../engine/depth-budget.js';
import { checkValue } from '../options.js';
import { lender } from './lender.js';

/** How many values several prefetches may have ready together. {@link prefetchBudget} makes it. */
export interface PrefetchBudget {
  readonly total: number;
  /** How much of it is given out at the moment. Every subscription has at least one. */
  readonly taken: number;
  readonly [lender]: (max: number) => BudgetedTuner;
}

/**
 * Makes a budget for the `prefetch('auto', { budget })` of a whole chain, or of several streams: together they have at most
 * `total` values ready.
 *
 * Use it where values are large, so that what counts is the memory of all stages together. Each subscription counts. Every one may
 * have one value ready, at once, even when there are more of them than `total`. What is free goes to whoever finds nothing ready; then
 * what others have had to spare; and when nobody has, who has most gives half of what it has more. What a stage has to give
 * away leaves it with the values that are taken from it: none is dropped.
 *
 * @param total - a whole number of at least 1.
 * @throws TypeError, RangeError when called with something else.
 * @example
 * ```ts
 * const budget = prefetchBudget(100);
 * pages$.pipe(prefetch('auto', { budget }), flatten(), prefetch('auto', { budget }), asyncMap(save))
 * ```
 */
export function prefetchBudget(total: number): PrefetchBudget {
  checkValue('prefetchBudget', 'total', total, ['count', 1]);
  const budget = new DepthBudget(total);
  return {
    total,
    get taken() {
      return budget.taken;
    },
    [lender]: (max) => new BudgetedTuner(max, budget),
  };
}
