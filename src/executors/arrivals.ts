import type { Valve } from '../backpressure/valve.js';

/**
 * How the values of a result that streams come from elsewhere, for who measures how long each takes: they may have come long
 * before anybody wants them.
 */
export interface Arrivals {
  /** Held while none is to come: as many are on their way as may be, or it was the last. */
  readonly pause: Valve;
  /** Calls back when one has come. Takes one listener. */
  onArrival(listener: () => void): void;
  /** Stops what brings them: after those that have come, there is this error. */
  fail(error: unknown): void;
}
