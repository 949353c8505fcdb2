import { advised, text } from '#messages';
import {
  catchError,
  defer,
  from,
  map,
  Observable,
  retry,
  throwError,
  type ObservableInput,
  type RetryConfig,
} from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { TaskTimeoutError } from '../errors.js';
import { attemptStream, type Meter, type StartAttempt } from './attempt.js';
import type { MapCallsSettings } from './map-calls.js';

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

/** True when a value's call is a single attempt whose failure fails the stream. */
export function isPlain<T>({ timeoutMs, retry, onError }: CallPolicy<T>): boolean {
  return timeoutMs === undefined && (retry ?? 0) === 0 && (onError ?? 'fail') === 'fail';
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
  meter: Meter | undefined,
): Pick<MapCallsSettings<T, unknown>, 'start' | 'select' | 'meter'> {
  if (isPlain(policy)) {
    return { start, select: policy.select, meter };
  }
  const told = advised(policy, describe);
  return {
    start: (value, index, listener) => {
      const attempt$ = (attempt: number, lateError: () => unknown): Observable<unknown> =>
        attemptStream((attempted) => start(value, index, attempted, attempt), policy.timeoutMs, lateError, meter);
      listener.stream(outcome$(attempt$, told, describe, value, index));
      return undefined;
    },
  };
}

/** What comes of one value that is attempted once, or again and again. */
export function outcome$<T>(
  attempt$: (attempt: number, lateError: () => unknown) => Observable<unknown>,
  policy: CallPolicy<T>,
  describe: string,
  input: T,
  index: number,
): Observable<unknown> {
  const { timeoutMs, select, timeoutValue } = policy;
  let attempt = 0;
  let late: TaskTimeoutError | undefined;
  const lateError = (): unknown =>
    (late = new TaskTimeoutError(text('late', describe, index, timeoutMs ?? 0, attempt)));
  let values$ = defer(() => attempt$(++attempt, lateError));
  // A number is as good as a config to `retry`; its types have it in two overloads.
  if (policy.retry !== undefined) values$ = values$.pipe(retry(policy.retry as RetryConfig));
  if (select !== undefined) {
    values$ = values$.pipe(map((result) => outsideDelivery(() => select(result as never, input, index))));
  }
  if ('timeoutValue' in policy) {
    values$ = values$.pipe(
      catchError((error: unknown) => {
        // A failure may be `undefined`, as the error of lateness is while nothing has been late.
        const isLate = late !== undefined && error === late;
        return isLate ? [timeoutValue] : throwError(() => error);
      }),
    );
  }
  return instead$(values$, policy, input, index);
}

/** What comes of one value, with what stands for its failure. */
export function instead$<T>(
  values$: Observable<unknown>,
  { onError }: CallPolicy<T>,
  input: T,
  index: number,
): Observable<unknown> {
  if (onError === undefined || onError === 'fail') return values$;
  const isSettling = onError === 'settle';
  return (isSettling ? values$.pipe(map((value) => fulfilled(value, input))) : values$).pipe(
    catchError((reason: unknown) => {
      if (typeof onError === 'function') return subscribedOutside(() => onError(reason, input, index));
      return isSettling ? [{ status: 'rejected', reason, input } satisfies Settled<unknown, T>] : [];
    }),
  );
}

export function fulfilled<T>(value: unknown, input: T): Settled<unknown, T> {
  return { status: 'fulfilled', value, input };
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
