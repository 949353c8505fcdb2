import { releaseLater } from './release-later.js';
import type { Valve } from './valve.js';

/** The holds a consumer has taken and not yet released, at most one for each valve, oldest first. */
export class Holds {
  readonly #valves: Valve[] = [];
  /** The release of each, beside it. */
  readonly #releases: (() => void)[] = [];

  get size(): number {
    return this.#valves.length;
  }

  take(valve: Valve | undefined): void {
    if (valve === undefined || this.#valves.includes(valve)) return;
    this.#valves.push(valve);
    this.#releases.push(valve.hold());
  }

  /** Releases the oldest hold. Its source may emit, and the consumer take a new hold, before this returns. */
  releaseOldest(): void {
    this.#valves.shift();
    this.#releases.shift()?.();
  }

  /** Releases what is held now, not what is taken meanwhile. */
  releaseAll(): void {
    for (let left = this.size; left > 0; left--) this.releaseOldest();
  }

  /** Releases what is held now, as its consumer leaves. */
  leaveAll(): void {
    if (this.size === 0) return;
    this.#valves.length = 0;
    for (const release of this.#releases.splice(0)) releaseLater(release);
  }
}
