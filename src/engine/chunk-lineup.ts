import { Lineup } from './lineup.js';
import type { Place } from './place.js';

/** A line in which a place can be split, replaced, and have a failure put before it. */
export class ChunkLineup<P extends Place> extends Lineup<P> {
  /** The place whose failure comes before everything that has arrived. */
  #foremost: P | undefined;

  /** Enters a place right behind another: the two share the values that the other stood for. */
  addBehind(other: P, place: P): void {
    this.enter(place, other);
    this.count -= place.size;
  }

  /** Enters a place before all others. */
  addFirst(place: P): void {
    this.enter(place, undefined);
  }

  /** Puts a place where another of the same size has stood. */
  replace(other: P, place: P): void {
    this.enter(place, other);
    this.remove(other);
  }

  /** When the place fails, that comes before everything that has arrived. */
  prefer(place: P): void {
    this.#foremost = place;
  }

  override front(): P | undefined {
    return this.#foremost?.hasFailed === true ? this.#foremost : super.front();
  }
}
