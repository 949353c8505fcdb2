import type { Observable, Subscriber } from 'rxjs';
import type { Valve } from './valve.js';

const slot: unique symbol = Symbol.for('rxjs-background.valve/1.downstream') as never;

/** A stage, by the valve of its output, and whoever gets what it emits. */
export interface Downstream {
  readonly valve: Valve;
  /** The stage that was being subscribed to its source when this one was made: the next one, if it gets anything from it. */
  readonly next: Downstream | undefined;
  /** It does. */
  isReached: boolean;
}

/** The stage whose source is being subscribed to. */
let subscribing: Downstream | undefined;

/** Where a stage stands that is being subscribed to. What is behind it is not known where that is done later, as by `retry`. */
export function downstreamFrom(valve: Valve): Downstream {
  return ((valve as { [slot]?: Downstream })[slot] = { valve, next: subscribing, isReached: false });
}

/** Subscribes `stage` to its source. */
export function subscribeFor<T>(stage: Downstream, source: Observable<T>, subscriber: Subscriber<T>): void {
  const before = subscribing;
  subscribing = stage;
  try {
    source.subscribe(subscriber);
  } finally {
    subscribing = before;
  }
}

/** A value has come to the stage under the valve. */
export function reachedUnder(valve: Valve | undefined, stage: Downstream): void {
  const above = (valve as { [slot]?: Downstream } | undefined)?.[slot];
  if (above?.next === stage) above.isReached = true;
}

/**
 * The valve, unless it is that of the stage or of one behind it: what comes under it is fed back by their consumer, and to hold
 * that until there is room could be to wait for itself.
 */
export function unlessFedBack(valve: Valve | undefined, stage: Downstream): Valve | undefined {
  for (let at: Downstream | undefined = stage; at !== undefined; at = at.isReached ? at.next : undefined) {
    if (at.valve === valve) return undefined;
  }
  return valve;
}
