import type { CallPlace } from './call-place.js';

/**
 * Whose turn it is among the calls of one key: the oldest that has not ended. Keys are compared as those of a `Map`.
 *
 * Nothing is kept for a key once all of its calls have ended.
 */
export class Turns<P extends CallPlace> {
  /** Of each key that has a call which has not ended: the youngest. */
  readonly #youngest = new Map<unknown, P>();

  /** Lines `place` up behind those of its key; true when there are none, so that it is its turn. */
  add(place: P, key: unknown): boolean {
    const before = this.#youngest.get(key);
    this.#youngest.set(key, place);
    place.key = key;
    if (before !== undefined) before.heir = place;
    return before === undefined;
  }

  /** The call whose turn it has ended; the one whose turn comes now, if there is one. */
  end(place: P): P | undefined {
    if (this.#youngest.get(place.key) === place) this.#youngest.delete(place.key);
    return place.heir as P | undefined;
  }

  /** How many keys are known. */
  get size(): number {
    return this.#youngest.size;
  }
}
