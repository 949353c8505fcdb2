/** The key of what a `prefetch` asks its budget for. */
export const lender: unique symbol = Symbol('rxjs-background.lender');
