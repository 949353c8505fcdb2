import { advised } from '#messages';
import { throwError, type Observable } from 'rxjs';
import type { Arrivals } from '../executors/arrivals.js';
import { attemptStream, type StartAttempt } from './attempt.js';
import { fulfilled, instead$, outcome$, type CallPolicy } from './call-policy.js';
import type { Finish } from './finish-results.js';

/**
 * What came of a value's first attempt that is no result: it has failed, in the attempt, by taking too long, or when its result
 * was looked at here; or what it brings streams.
 */
export type FirstAttempt =
  | { readonly at: 'attempt' | 'select'; readonly error: unknown }
  | { readonly at: 'deadline' }
  | { readonly at: 'stream'; readonly values$: Observable<unknown>; readonly arrivals: Arrivals };

/**
 * What comes of one value whose first attempt has been made already, under a policy that is not plain. The same as
 * `underPolicy`, for calls that succeed without it.
 */
export function afterFailure<T>(
  start: StartAttempt<T>,
  given: CallPolicy<T>,
  describe: string,
): (input: T, index: number, first: FirstAttempt) => Observable<unknown> {
  const policy = advised(given, describe);
  return (input, index, first) => {
    if (first.at === 'select')
      return instead$(
        throwError(() => first.error),
        policy,
        input,
        index,
      );
    return outcome$(
      (attempt, lateError) => {
        if (attempt === 1 && first.at === 'deadline') return throwError(lateError);
        if (attempt === 1 && first.at === 'attempt') return throwError(() => first.error);
        return attemptStream(
          (listener) => {
            if (attempt > 1 || first.at !== 'stream') return start(input, index, listener, attempt);
            listener.stream(first.values$, first.arrivals);
            return undefined;
          },
          policy.timeoutMs,
          lateError,
          undefined,
        );
      },
      policy,
      describe,
      input,
      index,
    );
  };
}

/** What is emitted for the result of a value that has succeeded at once; `undefined`: the result. */
export function finished<T>({ select, onError }: CallPolicy<T>): Finish<T> | undefined {
  if (onError !== 'settle') return select as Finish<T> | undefined;
  return (result, input, index) => {
    const value = select === undefined ? result : select(result as never, input, index);
    return fulfilled(value, input);
  };
}
