import { exchangeValve } from './current-valve.js';

/**
 * Calls `work` with no valve current. Whatever a user's function or another pipeline does inside, it cannot hold the
 * source whose delivery happens to be on the stack.
 */
export function outsideDelivery<R>(work: () => R): R {
  const previous = exchangeValve(undefined);
  try {
    return work();
  } finally {
    exchangeValve(previous);
  }
}
