import type { RunMessage } from './protocol.js';

/** From so many calls on, a message is long: quick calls of it share what each would pay alone. */
export const longMessage = 16;

/** Calls that take less than this together share a look at the clock. */
const strideMs = 0.02;
const mostInStride = 16;

/**
 * Looks at the clock after each call at first, then, in a long message, less and less often the longer the calls have been quick. A
 * slow one is seen when its stride is over, and strides grow so slowly that few calls can be slow together before that.
 */
export class Pace {
  /** When it looked last. */
  time: number;
  /** How many calls there are from one look to the next. */
  stride = 1;
  /** How many of them have not ended. */
  #left = 1;
  readonly #now: () => number;
  readonly #most: number;

  constructor(now: () => number, time: number, { inputs, isTimed }: Pick<RunMessage, 'inputs' | 'isTimed'>) {
    this.#now = now;
    this.time = time;
    this.#most = isTimed === true || inputs.length < longMessage ? 1 : mostInStride;
  }

  /** No call has ended since it looked. */
  get isExact(): boolean {
    return this.#left === this.stride;
  }

  /** A call has ended. Returns whether it looked. */
  step(): boolean {
    if (--this.#left > 0) return false;
    const before = this.time;
    this.time = this.#now();
    this.stride = this.time - before < strideMs ? Math.min(this.stride + 1, this.#most) : 1;
    this.#left = this.stride;
    return true;
  }

  /** It looks when the next call has ended, or the one that just has. */
  hurry(): void {
    this.#left = 1;
  }

  /** Time has passed that no call took. */
  skip(): void {
    this.time = this.#now();
  }
}
