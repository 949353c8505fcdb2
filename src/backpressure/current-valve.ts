import type { Valve } from './valve.js';

// The number is the protocol's version, not the package's: copies and versions that share it feel each other.
const slot: unique symbol = Symbol.for('rxjs-background.valve/1') as never;
const realm = globalThis as { [slot]?: Valve | undefined };

/**
 * The valve of the source whose value, error or completion is being delivered right now, or `undefined` when none of
 * the calls on the stack is such a delivery.
 */
export function currentValve(): Valve | undefined {
  return realm[slot];
}

/** Calls `work` with `valve` current. */
export function withValve<R>(valve: Valve | undefined, work: () => R): R {
  const previous = realm[slot];
  realm[slot] = valve;
  try {
    return work();
  } finally {
    realm[slot] = previous;
  }
}

/**
 * Calls `work` with no valve current. Whatever a user's function or another pipeline does inside, it cannot hold the
 * source whose delivery happens to be on the stack.
 */
export function outsideDelivery<R>(work: () => R): R {
  return withValve(undefined, work);
}
