import { LazyCallContext, type CallContext } from '../call-context.js';
import { outsideDelivery } from '../backpressure/outside-delivery.js';
import { type Fetched, lastOf } from './last-of.js';
import type { PullAnswer, Puller } from './pull-loop.js';

/**
 * Pulls by calling a function: the part that `repeatFetch` and `expandFetch` share. It numbers the calls, gives each its
 * signal, and gives up the one under way when the subscriber goes.
 */
export abstract class FetchPuller<R> implements Puller<R> {
  /** Calls begun. */
  #calls = 0;
  /** The call under way; `undefined` between calls. */
  #context: LazyCallContext | undefined;
  #giveUp: (() => void) | undefined;
  #closed = false;

  abstract pull(answer: PullAnswer<R>): void;

  close(): void {
    this.#closed = true;
    this.#context?.abort();
    this.#giveUp?.();
    this.#context = this.#giveUp = undefined;
  }

  /** Calls `fetch`, unless the subscriber has gone, and answers with what `taken` makes of its result. */
  protected fetch(call: (context: CallContext) => Fetched<R>, answer: PullAnswer<R>, taken: (result: R) => boolean): void {
    if (this.#closed) return;
    const context = new LazyCallContext(this.#calls++);
    this.#context = context;
    const fail = (error: unknown): void => {
      this.#context = this.#giveUp = undefined;
      context.abort();
      answer.error(error);
    };
    let fetched: Fetched<R>;
    try {
      fetched = call(context);
    } catch (error) {
      fail(error);
      return;
    }
    lastOf(fetched, {
      begun: (giveUp) => {
        if (this.#closed) giveUp();
        else this.#giveUp = giveUp;
      },
      value: (result) => {
        if (this.#closed) return;
        this.#context = this.#giveUp = undefined;
        let more: boolean;
        try {
          more = outsideDelivery(() => taken(result));
        } catch (error) {
          answer.error(error);
          return;
        }
        if (more) answer.value(result);
        else answer.end();
      },
      none: () => {
        answer.end();
      },
      error: fail,
    });
  }
}
