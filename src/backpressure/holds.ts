import { later, type Release } from './release-later.js';
import type { Valve } from './valve.js';

/** The holds a consumer has taken and not yet released, at most one for each valve, oldest first. */
export class Holds {
  /** The oldest, which is mostly the only one, and its release. */
  #valve: Valve | undefined;
  #release: Release | undefined;
  /** The others. */
  readonly #younger: (readonly [valve: Valve, release: Release])[] = [];

  get size(): number {
    return this.#valve === undefined ? 0 : 1 + this.#younger.length;
  }

  take(valve: Valve | undefined): void {
    if (valve === undefined || valve === this.#valve) return;
    if (this.#valve === undefined) {
      this.#valve = valve;
      this.#release = valve.hold();
    } else if (this.#younger.every(([other]) => other !== valve)) this.#younger.push([valve, valve.hold()]);
  }

  /** Releases the oldest hold. Its source may emit, and the consumer take a new hold, before this returns. */
  releaseOldest(when?: typeof later): void {
    const release = this.#release;
    const next = this.#younger.shift();
    this.#valve = next?.[0];
    this.#release = next?.[1];
    release?.(when);
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
