import { advised } from '#messages';
import { throwError, type Observable } from 'rxjs';
import { attemptStream, type StartAttempt } from './attempt.js';
import { fulfilled, instead$, outcome$, type CallPolicy } from './call-policy.js';
import type { Finish } from './finish-results.js';

/** How a value has failed: in an attempt, by taking too long, or when its result was looked at here. */
export interface Failure {
  readonly at: 'attempt' | 'deadline' | 'select';
  readonly error?: unknown;
}

/**
 * What comes of one value whose first attempt has failed already, under a policy that is not plain. The same as
 * `underPolicy`, for calls that succeed without it.
 */
export function afterFailure<T>(
  start: StartAttempt<T>,
  given: CallPolicy<T>,
  describe: string,
): (input: T, index: number, failure: Failure) => Observable<unknown> {
  const policy = advised(given, describe);
  return (input, index, { at, error }) => {
    const failed$ = throwError(() => error);
    if (at === 'select') return instead$(failed$, policy, input, index);
    return outcome$(
      (attempt, lateError) => {
        if (attempt > 1) {
          return attemptStream(
            (listener) => start(input, index, listener, attempt),
            policy.timeoutMs,
            lateError,
            undefined,
          );
        }
        return at === 'deadline' ? throwError(lateError) : failed$;
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
