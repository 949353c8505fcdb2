import { asyncScheduler, type Subscription } from 'rxjs';

/** Notices when somebody waits and nothing moves. */
export class Starvation {
  readonly #afterMs: number;
  readonly #starving: () => void;
  /** Runs while somebody waits, from the last move on. */
  #timer: Subscription | undefined;

  /** @param starving - called once each time that nothing has moved for `afterMs`. */
  constructor(afterMs: number, starving: () => void) {
    this.#afterMs = afterMs;
    this.#starving = starving;
  }

  /** Something began or ended, or somebody came. */
  moved(somebodyWaits: boolean): void {
    this.#timer?.unsubscribe();
    this.#timer =
      somebodyWaits && this.#afterMs !== Infinity
        ? asyncScheduler.schedule(() => {
            this.#starving();
          }, this.#afterMs)
        : undefined;
  }
}
