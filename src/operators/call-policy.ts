import { text } from '#messages';
import {
  catchError,
  defer,
  EMPTY,
  from,
  map,
  Observable,
  of,
  retry,
  throwError,
  type ObservableInput,
  type RetryConfig,
} from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { TaskTimeoutError } from '../errors.js';
import { attemptStream, type StartAttempt } from './attempt.js';
import type { MapCallsSettings, StartCall } from './map-calls.js';

/** What becomes of one value: its time, its retries, and what stands for its failure. */
export interface CallPolicy<T> {
  readonly timeoutMs?: number | undefined;
  readonly timeoutValue?: unknown;
  readonly retry?: number | RetryConfig | undefined;
  readonly onError?:
    'fail' | 'skip' | 'settle' | ((error: unknown, input: T, index: number) => ObservableInput<unknown>) | undefined;
  readonly select?: ((result: never, input: T, index: number) => unknown) | undefined;
}

/** The outcome of one value under `onError: 'settle'`. */
export type Settled<R, T> =
  | { readonly status: 'fulfilled'; readonly value: R; readonly input: T }
  | { readonly status: 'rejected'; readonly reason: unknown; readonly input: T };

/** How a value has failed: in an attempt, by taking too long, or when its result was looked at here. */
export interface Failure {
  readonly at: 'attempt' | 'deadline' | 'select';
  readonly error?: unknown;
}

/** True when a value's call is a single attempt whose failure fails the stream. */
function isPlain<T>({ timeoutMs, retry, onError }: CallPolicy<T>): boolean {
  return (
    timeoutMs === undefined && (retry === undefined || retry === 0) && (onError === undefined || onError === 'fail')
  );
}

/**
 * How one value is called under a policy: `defer(attempt).pipe(timeout, retry, select, timeout → timeoutValue, error →
 * onError)`, in this order.
 *
 * @param describe - names the task in a timeout's message.
 */
export function underPolicy<T>(
  start: StartAttempt<T>,
  policy: CallPolicy<T>,
  describe: string,
): Pick<MapCallsSettings<T, unknown>, 'start' | 'select'> {
  if (isPlain(policy)) {
    return { start: (value, index, listener) => start(value, index, 1, listener), select: policy.select };
  }
  const begin: StartCall<T> = (value, index, listener) => {
    listener.stream(outcome$(start, policy, describe, value, index));
    return undefined;
  };
  return { start: begin };
}

/**
 * What comes of one value whose first attempt has failed already; `undefined` when that fails the stream. The same
 * policy as {@link underPolicy}, for calls that succeed without it.
 */
export function afterFailure<T>(
  start: StartAttempt<T>,
  policy: CallPolicy<T>,
  describe: string,
): ((input: T, index: number, failure: Failure) => Observable<unknown>) | undefined {
  if (isPlain(policy)) return undefined;
  return (input, index, failure) => outcome$(start, policy, describe, input, index, failure);
}

/** What is emitted for the result of a value that has succeeded at once; `undefined`: the result. */
export function finished<T>({
  select,
  onError,
}: CallPolicy<T>): ((result: unknown, input: T, index: number) => unknown) | undefined {
  if (onError !== 'settle') return select as ((result: unknown, input: T, index: number) => unknown) | undefined;
  return (result, input, index) => {
    const value = select === undefined ? result : select(result as never, input, index);
    return fulfilled(value, input);
  };
}

function fulfilled<T>(value: unknown, input: T): Settled<unknown, T> {
  return { status: 'fulfilled', value, input };
}

function outcome$<T>(
  start: StartAttempt<T>,
  policy: CallPolicy<T>,
  describe: string,
  input: T,
  index: number,
  failure?: Failure,
): Observable<unknown> {
  const { timeoutMs, select, onError } = policy;
  let attempt = 0;
  let late: TaskTimeoutError | undefined;
  const lateError = (): unknown =>
    (late = new TaskTimeoutError(text('late', describe, index, timeoutMs ?? 0, attempt)));
  let values$: Observable<unknown> = defer(() => {
    const current = ++attempt;
    if (current > 1 || failure === undefined) {
      return attemptStream((listener) => start(input, index, current, listener), timeoutMs, lateError);
    }
    return throwError(() => (failure.at === 'deadline' ? lateError() : failure.error));
  });
  if (failure?.at !== 'select') {
    if (policy.retry !== undefined) {
      values$ = values$.pipe(typeof policy.retry === 'number' ? retry(policy.retry) : retry(policy.retry));
    }
    if (select !== undefined) {
      values$ = values$.pipe(map((result) => outsideDelivery(() => select(result as never, input, index))));
    }
    if ('timeoutValue' in policy) {
      values$ = values$.pipe(
        catchError((error: unknown) => (error === late ? of(policy.timeoutValue) : throwError(() => error))),
      );
    }
  }
  if (onError === 'skip') return values$.pipe(catchError(() => EMPTY));
  if (onError === 'settle') {
    return values$.pipe(
      map((value) => fulfilled(value, input)),
      catchError((reason: unknown) => of<Settled<unknown, T>>({ status: 'rejected', reason, input })),
    );
  }
  if (typeof onError === 'function') {
    return values$.pipe(catchError((error: unknown) => subscribedOutside(() => onError(error, input, index))));
  }
  return values$;
}

/** Made and subscribed with no valve current, whatever the error came under that it stands for. */
function subscribedOutside<V>(make: () => ObservableInput<V>): Observable<V> {
  return new Observable((subscriber) => {
    outsideDelivery(() => {
      const values$ = from(make());
      if (!subscriber.closed) values$.subscribe(subscriber);
    });
  });
}
