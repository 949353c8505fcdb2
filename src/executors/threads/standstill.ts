import type { Desk } from './desk.js';

/** How long nothing may move before somebody is told. */
const afterMs = 1000;

/**
 * Looks whether calls wait for a thread while every thread waits for who takes what it streams. If it is those calls that take it,
 * that never ends.
 */
export class Standstill {
  readonly #busy: readonly Pick<Desk, 'streaming'>[];
  readonly #warn: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hasWarned = false;

  /** @param warn - told once that it looks like it. */
  constructor(busy: readonly Pick<Desk, 'streaming'>[], warn: () => void) {
    this.#busy = busy;
    this.#warn = warn;
  }

  /** Something has come or gone. `isFull`: calls wait, and there is no thread for them. */
  moved(isFull: boolean): void {
    const looksLikeIt = isFull && !this.#hasWarned && this.#isWaiting();
    if (!looksLikeIt) this.stop();
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        if (!this.#isWaiting()) return;
        this.#hasWarned = true;
        this.#warn();
      }, afterMs).unref();
  }

  /** Nothing stands still: values have come. */
  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #isWaiting(): boolean {
    return this.#busy.every(({ streaming }) => streaming?.stream.pause.held === true);
  }
}
