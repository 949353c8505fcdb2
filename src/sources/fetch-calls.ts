import { outsideDelivery } from '../backpressure/current-valve.js';
import { LazyCallContext, type CallContext } from '../call-context.js';
import { subscriberFor } from '../subscriber-for.js';
import { type Fetched, fetchedStream } from './fetched-stream.js';
import type { PullAnswer } from './pull-loop.js';

/** The calls of one fetch function: numbers them, gives each its signal, and gives up the one under way. */
export interface FetchCalls<R> {
  /** Calls `fetch`, unless all was given up, and answers with its result, or with the end when there is none or it is the `last`. */
  call(fetch: (context: CallContext) => Fetched<R>, answer: PullAnswer<R>, isLast: (result: R) => boolean): void;
  readonly giveUp: () => void;
}

export function fetchCalls<R>(): FetchCalls<R> {
  let calls = 0;
  let isClosed = false;
  /** Gives up the call under way. */
  let giveUp: (() => void) | undefined;
  return {
    call(fetch, answer, isLast) {
      if (isClosed) return;
      const context = new LazyCallContext(calls++);
      let result: { readonly value: R } | undefined;
      const fail = (error: unknown): void => {
        context.abort();
        answer.error(error);
      };
      const subscriber = subscriberFor<R>({
        next: (value) => {
          result = { value };
        },
        error: fail,
        complete: () => {
          giveUp = undefined;
          const last = result;
          try {
            if (last === undefined || outsideDelivery(() => isLast(last.value))) answer.end();
            else answer.value(last.value);
          } catch (error) {
            answer.error(error);
          }
        },
      });
      giveUp = () => {
        subscriber.unsubscribe();
        context.abort();
      };
      try {
        const fetched = fetch(context);
        if (!subscriber.closed) fetchedStream(fetched).subscribe(subscriber);
      } catch (error) {
        fail(error);
      }
    },
    giveUp: () => {
      isClosed = true;
      giveUp?.();
    },
  };
}
