import type { Valve } from './valve.js';

/** The holds a consumer has taken and not yet released, at most one for each valve. */
export interface Holds {
  readonly size: number;
  take(valve: Valve | undefined): void;
  /** Releases the oldest hold. Its source may emit, and the consumer take a new hold, before this returns. */
  releaseOldest(): void;
  /** Releases what is held now, not what is taken meanwhile. */
  releaseAll(): void;
}

export function makeHolds(): Holds {
  /** Oldest first. */
  const releases = new Map<Valve, () => void>();
  return {
    get size() {
      return releases.size;
    },
    take(valve) {
      if (valve !== undefined && !releases.has(valve)) releases.set(valve, valve.hold());
    },
    releaseOldest() {
      for (const [valve, release] of releases) {
        releases.delete(valve);
        release();
        return;
      }
    },
    releaseAll() {
      for (let left = releases.size; left > 0; left--) this.releaseOldest();
    },
  };
}
