import { targetMs } from '../../engine/chunk-tuner.js';
import type { Desk } from './desk.js';
import type { ThreadLane } from './thread-lane.js';

/** In messages of fewer calls, a thread looks at the clock often enough by itself. */
const fewest = 16;

/**
 * Has busy threads look up every few milliseconds, as long as anything comes or goes. A thread whose calls have been quick looks
 * at the clock after many of them only; when they have become slow, this is how it finds out.
 */
export class Hurry {
  readonly #busy: Iterable<Pick<Desk, 'load' | 'thread'>>;
  #timer: NodeJS.Timeout | undefined;
  /** Something has come or gone since it looked last. */
  #isMoving = false;

  constructor(busy: Iterable<Pick<Desk, 'load' | 'thread'>>) {
    this.#busy = busy;
  }

  /** A thread has been sent calls of a lane, or has answered some, and has more. */
  moved({ chunkSize }: Pick<ThreadLane, 'chunkSize'>): void {
    if (chunkSize < fewest) return;
    this.#isMoving = true;
    this.#timer ??= setTimeout(this.#hurry, targetMs);
  }

  /** No thread is busy. */
  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #hurry = (): void => {
    this.#timer = undefined;
    for (const { load, thread } of this.#busy) if (load > 1) thread.cells.hurry();
    // Once more after the last: calls may have become slow just now.
    if (this.#isMoving) this.#timer = setTimeout(this.#hurry, targetMs);
    this.#isMoving = false;
  };
}
