import { later, type Release } from './release-later.js';
import type { Valve } from './valve.js';

/** The holds a consumer has taken and not yet released, at most one for each valve, oldest first. */
export class Holds {
  readonly #valves: Valve[] = [];
  /** The release of each, beside it. */
  readonly #releases: Release[] = [];

  get size(): number {
    return this.#valves.length;
  }

  take(valve: Valve | undefined): void {
    if (valve === undefined || this.#valves.includes(valve)) return;
    this.#valves.push(valve);
    this.#releases.push(valve.hold());
  }

  /** Releases the oldest hold. Its source may emit, and the consumer take a new hold, before this returns. */
  releaseOldest(when?: typeof later): void {
    this.#valves.shift();
    this.#releases.shift()?.(when);
  }

  /** Releases what is held now, not what is taken meanwhile. */
  releaseAll(when?: typeof later): void {
    for (let left = this.size; left > 0; left--) this.releaseOldest(when);
  }

  /** Releases what is held now, as its consumer leaves. */
  leaveAll(): void {
    this.releaseAll(later);
  }
}
