import { currentValve } from './current-valve.js';
import type { Valve } from './valve.js';

/** A stage, and those that get what it emits, the next one first. */
export interface Downstream {
  readonly valve: Valve;
  readonly next: Downstream | undefined;
}

/** The stage whose source is being subscribed to, and the valve under which that is done. */
let subscribing: readonly [stage: Downstream, under: Valve | undefined] | undefined;

/** Calls `subscribe`, which subscribes `stage` to its source. */
export function subscribingFor(stage: Downstream, subscribe: () => void): void {
  const before = subscribing;
  subscribing = [stage, currentValve()];
  try {
    subscribe();
  } finally {
    subscribing = before;
  }
}

/** Who gets what the stage emits that is being subscribed to. Not known where that is done later, as by `retry`. */
export function downstreamOfNow(): Downstream | undefined {
  // What somebody subscribes to inside a delivery is another matter.
  return subscribing?.[1] === currentValve() ? subscribing?.[0] : undefined;
}

/**
 * The valve, unless it is that of the stage or of one behind it: what comes under it is fed back by their consumer, and to hold
 * that until there is room could be to wait for itself.
 */
export function unlessFedBack(valve: Valve | undefined, stage: Downstream): Valve | undefined {
  for (let at: Downstream | undefined = stage; at !== undefined; at = at.next) if (at.valve === valve) return undefined;
  return valve;
}
