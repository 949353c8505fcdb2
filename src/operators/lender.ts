/** The key of what a `prefetch` asks its budget for. */
export const lender: unique symbol = Symbol('what prefetchBudget() gives');
