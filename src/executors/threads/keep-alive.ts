import { longestMs } from '../../options.js';

/** Keeps the process alive while somebody waits for a thread; the threads themselves never do. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;

  while(needed: boolean): void {
    if (needed === (this.#timer !== undefined)) return;
    if (needed) this.#timer = setInterval(() => undefined, longestMs);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
