import { targetMs } from '../../engine/chunk-tuner.js';
import type { Desk } from './desk.js';

/**
 * Has threads with long messages look up every few milliseconds, as long as anything comes or goes. A thread whose calls have been
 * quick looks at the clock after many of them only; when they have become slow, this is how it finds out.
 */
export class Hurry {
  readonly #busy: Iterable<Pick<Desk, 'isLong' | 'thread'>>;
  #timer: NodeJS.Timeout | undefined;
  /** Something has come or gone since it looked last. */
  #isMoving = false;

  constructor(busy: Iterable<Pick<Desk, 'isLong' | 'thread'>>) {
    this.#busy = busy;
  }

  /** Something has come to a desk, or gone from it. */
  moved({ isLong }: Pick<Desk, 'isLong'>): void {
    if (!isLong) return;
    this.#isMoving = true;
    this.#timer ??= this.#soon();
  }

  readonly #hurry = (): void => {
    this.#timer = undefined;
    for (const { isLong, thread } of this.#busy) if (isLong) thread.cells.hurry();
    // Once more after the last: calls may have become slow just now.
    if (this.#isMoving) this.#timer = this.#soon();
    this.#isMoving = false;
  };

  /** Busy threads keep the process alive, not this. */
  #soon(): NodeJS.Timeout {
    return setTimeout(this.#hurry, targetMs).unref();
  }
}
