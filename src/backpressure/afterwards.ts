import type { Valve } from './valve.js';

const slot: unique symbol = Symbol.for('rxjs-background.valve/1.afterwards') as never;

/** Work that is to be done when a source, which is delivering right now, has begun whatever it can begin. */
export class Afterwards {
  /** True while the source's loop is on the stack, at the end of which the work is done. */
  isTaken = false;
  readonly #waiting = new Set<() => void>();

  constructor(valve: Valve) {
    (valve as { [slot]?: Afterwards })[slot] = this;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(work: () => void): void {
    this.#waiting.add(work);
  }

  readonly doAll = (): void => {
    for (const work of this.#waiting) {
      this.#waiting.delete(work);
      work();
    }
  };
}

/** Has `work` done when the source that delivers under `valve` has gone on; false when that source takes none. */
export function afterSourceGoesOn(valve: Valve | undefined, work: () => void): boolean {
  const afterwards = (valve as { [slot]?: Afterwards } | undefined)?.[slot];
  if (afterwards?.isTaken !== true) return false;
  afterwards.add(work);
  return true;
}
