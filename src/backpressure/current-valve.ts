import type { Valve } from './valve.js';

// The number is the protocol's version, not the package's: copies and versions that share it feel each other.
const slot: unique symbol = Symbol.for('rxjs-background.valve/1') as never;
const cellSlot: unique symbol = Symbol.for('rxjs-background.valve/1.cell') as never;
const realm = globalThis as { [slot]?: Valve | undefined; [cellSlot]?: Cell };

/** What the protocol's global is kept in: to change a global itself takes V8 up to a quarter of a microsecond. */
interface Cell {
  current: Valve | undefined;
}

const cell = (realm[cellSlot] ??= openCell());

function openCell(): Cell {
  const opened = { current: realm[slot] };
  Object.defineProperty(realm, slot, { get: currentValve, set: exchangeValve });
  return opened;
}

/**
 * The valve of the source whose value, error or completion is being delivered right now, or `undefined` when none of
 * the calls on the stack is such a delivery.
 */
export function currentValve(): Valve | undefined {
  return cell.current;
}

/** Makes `valve` current and returns the one that was, to be put back by the caller when its call has returned. */
export function exchangeValve(valve: Valve | undefined): Valve | undefined {
  const previous = cell.current;
  cell.current = valve;
  return previous;
}

/** Calls `work` with `valve` current. */
export function withValve<R>(valve: Valve | undefined, work: () => R): R {
  const previous = exchangeValve(valve);
  try {
    return work();
  } finally {
    exchangeValve(previous);
  }
}

/**
 * Calls `work` with no valve current. Whatever a user's function or another pipeline does inside, it cannot hold the
 * source whose delivery happens to be on the stack.
 */
export function outsideDelivery<R>(work: () => R): R {
  return withValve(undefined, work);
}
