import { longestMs } from '../../options.js';

/** Keeps the process alive while somebody waits for a thread; the threads themselves never do. */
export class KeepAlive {
  /** Holds the process while it is referenced. */
  #timer: NodeJS.Timeout | undefined;
  #isNeeded = false;

  while(isNeeded: boolean): void {
    if (isNeeded === this.#isNeeded) return;
    this.#isNeeded = isNeeded;
    if (!isNeeded) this.#timer?.unref();
    else if (this.#timer === undefined) this.#timer = setInterval(() => undefined, longestMs);
    else this.#timer.ref();
  }

  /** It is not needed any more. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#isNeeded = false;
  }
}
