import { text } from '#messages';
import { reportError } from '../report-error.js';
import { reporting } from '../reporting.js';
import type { PullAnswer, Puller } from './pull-loop.js';
import { isThenable } from './thenable.js';

export type AnyIterator<T> = Iterator<T, unknown, undefined> | AsyncIterator<T, unknown, undefined>;

/** Pulls from an iterator, one `next()` at a time, and tells it to return when the subscriber goes. */
export function iteratorPuller<T>(iterator: AnyIterator<T>): Puller<T> {
  /** True while `next()` is on the stack: a generator cannot be told to return then. */
  let isInNext = false;
  let isReturnWanted = false;

  const giveBack = (): void => {
    reporting(() => {
      const returned: unknown = iterator.return?.();
      if (isThenable(returned)) returned.then(undefined, reportError);
    });
  };
  const answered = (answer: PullAnswer<T>, step: IteratorResult<T, unknown>): void => {
    if (Object(step) !== step) {
      answer.error(new TypeError(text('noStep', step)));
    } else if (step.done) answer.end();
    else answer.value(step.value);
  };

  return {
    pull(answer) {
      let step: IteratorResult<T, unknown> | PromiseLike<IteratorResult<T, unknown>>;
      isInNext = true;
      try {
        step = iterator.next();
      } finally {
        isInNext = false;
      }
      if (isReturnWanted) giveBack();
      if (isThenable(step)) {
        step.then((result) => {
          try {
            answered(answer, result);
          } catch (error) {
            answer.error(error);
          }
        }, answer.error);
      } else answered(answer, step);
    },
    close() {
      if (isInNext) isReturnWanted = true;
      else giveBack();
    },
  };
}
