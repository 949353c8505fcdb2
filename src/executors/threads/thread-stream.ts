import type { Observable } from 'rxjs';
import { createValve } from '../../backpressure/create-valve.js';
import { Fifo } from '../../engine/fifo.js';
import { pullLoop, type PullAnswer, type Puller } from '../../sources/pull-loop.js';
import type { Arrivals } from '../arrivals.js';

/**
 * The values of a call whose result streams, between the thread that sends them and who wants them. The thread may send as many
 * more as have been delivered.
 */
export class ThreadStream implements Puller<unknown>, Arrivals {
  /** The number of the call. */
  readonly serial: number;
  /** For one subscriber. */
  readonly values$: Observable<unknown> = pullLoop(() => this);
  readonly pause = createValve(() => undefined);
  readonly #ahead: number;
  readonly #grant: (count: number) => void;
  readonly #stop: () => void;
  readonly #values = new Fifo<unknown>();
  /** How many values the thread has sent, or may have, that it has not been told are delivered. */
  #onTheWay = 0;
  /** How many of them have been delivered. */
  #delivered = 0;
  /** A value is being delivered. */
  #isOut = false;
  #unpause: (() => void) | undefined;
  #onArrival: (() => void) | undefined;
  /** Who waits for the next value. */
  #answer: PullAnswer<unknown> | undefined;
  #ending: { readonly failure: { readonly error: unknown } | undefined } | undefined;

  /**
   * @param ahead - how many values may be on their way.
   * @param grant - lets the thread send so many more.
   * @param stop - nobody wants any more, and the thread has not ended the call.
   */
  constructor(serial: number, ahead: number, grant: (count: number) => void, stop: () => void) {
    this.serial = serial;
    this.#ahead = ahead;
    this.#grant = grant;
    this.#stop = stop;
  }

  brought(values: Iterable<unknown> & { readonly length: number }): void {
    for (const value of values) this.#values.push(value);
    this.#onTheWay += values.length;
    if (this.#onTheWay === this.#ahead) this.#unpause ??= this.pause.hold();
    this.#onArrival?.();
    this.#goOn();
  }

  onArrival(listener: () => void): void {
    this.#onArrival = listener;
  }

  /** The call has ended: after what it has brought, there is nothing more. */
  ended(failure?: { readonly error: unknown }): void {
    this.#ending = { failure };
    this.#unpause ??= this.pause.hold();
    this.#goOn();
  }

  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#stop();
    this.ended({ error });
  }

  pull(answer: PullAnswer<unknown>): void {
    if (this.#isOut) this.#wasDelivered();
    this.#answer = answer;
    this.#goOn();
  }

  close(): void {
    this.#values.clear();
    this.#answer = undefined;
    if (this.#ending === undefined) this.#stop();
  }

  #wasDelivered(): void {
    this.#isOut = false;
    // In portions, as each is a message; the thread still has half of its credit then.
    if (++this.#delivered < this.#ahead / 2 || this.#ending !== undefined) return;
    const count = this.#delivered;
    this.#delivered = 0;
    this.#onTheWay -= count;
    this.#unpause?.();
    this.#unpause = undefined;
    this.#grant(count);
  }

  #goOn(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    if (this.#values.length > 0) {
      this.#answer = undefined;
      this.#isOut = true;
      answer.value(this.#values.shift());
    } else if (this.#ending !== undefined) {
      this.#answer = undefined;
      const { failure } = this.#ending;
      if (failure === undefined) answer.end();
      else answer.error(failure.error);
    }
  }
}
