import fc from 'fast-check';
import { catchError, EMPTY, map, type Observable, of, retry, type RetryConfig, throwError, timer } from 'rxjs';
import { TaskTimeoutError, WorkerCrashError } from '../../src/errors.js';

/** What becomes of one value: the options of a map that have a say in it. */
export interface PolicySpec {
  readonly timeoutMs: number | undefined;
  readonly timeoutValue: boolean;
  readonly retry: number | RetrySpec | undefined;
  readonly select: number | undefined;
  readonly onError: 'fail' | 'skip' | 'settle' | 'values' | 'later' | 'worse' | 'throws';
}

interface RetrySpec {
  readonly count: number;
  readonly delay: undefined | number | 'timer' | 'empty' | 'fails' | 'throws';
  readonly resetOnSuccess: boolean;
}

/** @param timeouts - how long an attempt may take, where it may not take for ever. */
export function policySpec(...timeouts: number[]): fc.Arbitrary<PolicySpec> {
  return fc.record({
    timeoutMs: fc.constantFrom(undefined, ...timeouts),
    timeoutValue: fc.boolean(),
    retry: fc.oneof(
      fc.constantFrom(undefined, 0, 1, 2),
      fc.record({
        count: fc.constantFrom(1, 2, 3),
        delay: fc.constantFrom<RetrySpec['delay']>(undefined, 0, 2, 'timer', 'empty', 'fails', 'throws'),
        resetOnSuccess: fc.boolean(),
      }),
    ),
    select: fc.option(fc.integer({ min: 4, max: 7 }), { nil: undefined }),
    onError: fc.constantFrom('fail', 'fail', 'skip', 'settle', 'values', 'later', 'worse', 'throws'),
  });
}

/** What a failure by lateness, or by a thread that has died, is in the model. */
export const late = 'late';
export const died = 'died';

/** The same for what comes of it. */
export function known(what: unknown): unknown {
  if (what instanceof TaskTimeoutError) return late;
  if (what instanceof WorkerCrashError) return died;
  return typeof what === 'object' && what !== null && 'reason' in what ? { ...what, reason: known(what.reason) } : what;
}

interface PolicyOptions {
  readonly timeoutMs?: number;
  readonly timeoutValue?: string;
  readonly retry?: RetryConfig;
  readonly select?: (result: number, input: number, index: number) => unknown;
  readonly onError?: 'skip' | 'settle' | ((error: unknown, input: number) => Observable<unknown>);
}

/** The options that the spec stands for. */
export function policyOptions({ timeoutMs, timeoutValue, retry: again, select, onError }: PolicySpec): PolicyOptions {
  const instead = (error: unknown, input: number): Observable<unknown> => {
    if (onError === 'values') return of(`no ${String(input)}`, known(error));
    if (onError === 'later') return timer(2).pipe(map(() => `no ${String(input)}`));
    if (onError === 'worse') return throwError(() => `worse ${String(input)}`);
    throw `threw for ${String(input)}`;
  };
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(timeoutValue && timeoutMs !== undefined ? { timeoutValue: 'in its place' } : {}),
    // A number is as good as a config, to RxJS as well.
    ...(again === undefined ? {} : { retry: typeof again === 'number' ? (again as RetryConfig) : retryConfig(again) }),
    ...(select === undefined
      ? {}
      : {
          select: (result: number, input: number, index: number): unknown => {
            if ((result + input) % select === 0) throw undefined;
            return [result, input, index];
          },
        }),
    ...(onError === 'fail' ? {} : { onError: onError === 'skip' || onError === 'settle' ? onError : instead }),
  };
}

function retryConfig({ count, delay, resetOnSuccess }: RetrySpec): RetryConfig {
  if (delay === undefined) return { count, resetOnSuccess };
  if (typeof delay === 'number') return { count, resetOnSuccess, delay };
  return {
    count,
    resetOnSuccess,
    delay: (_error, tried) => {
      if (delay === 'empty') return EMPTY;
      if (delay === 'fails') return throwError(() => 'no more');
      if (delay === 'throws' && tried > 1) throw 'not again';
      return timer(tried);
    },
  };
}

/** A value's outcome, of its attempts, in RxJS's own words. An attempt that is late fails with {@link late}. */
export function outcomeOf(
  attempt$: Observable<unknown>,
  { timeoutValue, retry: again, select, onError }: PolicyOptions,
  input: number,
  index: number,
): Observable<unknown> {
  let one$ = attempt$;
  if (again !== undefined) one$ = one$.pipe(retry(again));
  if (select !== undefined) one$ = one$.pipe(map((result) => select(result as number, input, index)));
  if (timeoutValue !== undefined)
    one$ = one$.pipe(catchError((error: unknown) => (error === late ? of(timeoutValue) : throwError(() => error))));
  if (onError === undefined) return one$;
  if (onError === 'skip') return one$.pipe(catchError(() => EMPTY));
  if (onError !== 'settle') return one$.pipe(catchError((error: unknown) => onError(error, input)));
  return one$.pipe(
    map((value) => ({ status: 'fulfilled', value, input })),
    catchError((reason: unknown) => of({ status: 'rejected', reason, input })),
  );
}
