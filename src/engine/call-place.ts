import { Fifo } from './fifo.js';
import { Place } from './place.js';

/** One started call, and what it has brought that is not delivered yet: a single result, or those of a stream. */
export class CallPlace extends Place {
  readonly size = 1;
  /** With keys, and else not there at all: its own, and the next call of the same key, which waits for it. */
  declare key: unknown;
  declare heir: CallPlace | undefined;
  /** Given, it is told how the call ends: failed or not, or without an argument, cancelled. The first end counts. */
  onEnd: ((hasFailed?: boolean) => void) | undefined;
  /** Results not delivered yet: the oldest, then the rest, which most calls never need. */
  #oldest: unknown;
  #rest: Fifo<unknown> | undefined;
  waiting = 0;

  put(value: unknown): void {
    if (this.waiting++ === 0) this.#oldest = value;
    else (this.#rest ??= new Fifo()).push(value);
  }

  take(): unknown {
    const value = this.#oldest;
    this.#oldest = this.#rest?.shift();
    this.waiting--;
    return value;
  }
}
