import type { Valve } from './valve.js';

const afterwards: unique symbol = Symbol.for('rxjs-background.valve/1.afterwards') as never;

interface Patient {
  [afterwards]?: (() => void)[];
}

/** Makes `valve` take work that is to be done after its source has gone on, and gives the place where that waits. */
export function takesWork(valve: Valve): (() => void)[] {
  return ((valve as Patient)[afterwards] = []);
}

/**
 * Has `work` done when the source that is delivering under `valve` has begun whatever it can begin; false when that
 * source does not do so.
 */
export function afterSourceGoesOn(valve: Valve | undefined, work: () => void): boolean {
  const waiting = (valve as Patient | undefined)?.[afterwards];
  if (waiting === undefined) return false;
  if (!waiting.includes(work)) waiting.push(work);
  return true;
}
