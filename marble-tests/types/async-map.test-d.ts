// Compiled, never run: `npm run typecheck` holds these lines.
import { of, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { asyncMap, autoConcurrency, isTimeout, prefetch, TIMEOUT, type CallContext, type Settled } from '../../src/index.js';

const numbers$ = of(1, 2, 3);

describe('asyncMap', () => {
  it('takes the type of its input from the pipe, and of its output from the function', () => {
    const mapped$ = numbers$.pipe(
      prefetch(2),
      asyncMap((n, context) => {
        expectTypeOf(n).toEqualTypeOf<number>();
        expectTypeOf(context).toEqualTypeOf<CallContext>();
        return Promise.resolve(String(n));
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<string>>();
  });

  it('emits what promises, Observables, iterators and promised streams bring, and collections whole', () => {
    expectTypeOf(numbers$.pipe(asyncMap((n) => n))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => of(String(n))))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => Promise.resolve(of(String(n)))))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => [n]))).toEqualTypeOf<Observable<number[]>>();
    expectTypeOf(
      numbers$.pipe(
        asyncMap(function* (n) {
          yield n;
          yield String(n);
        }),
      ),
    ).toEqualTypeOf<Observable<string | number>>();
    expectTypeOf(
      numbers$.pipe(
        asyncMap(async function* (n) {
          yield await Promise.resolve(n);
        }),
      ),
    ).toEqualTypeOf<Observable<number>>();
  });

  it('infers select from the result and the input', () => {
    const mapped$ = numbers$.pipe(
      asyncMap((n) => Promise.resolve(String(n)), {
        concurrency: 2,
        select: (result, input, index) => {
          expectTypeOf(result).toEqualTypeOf<string>();
          expectTypeOf(input).toEqualTypeOf<number>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return { result, input };
        },
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<{ result: string; input: number }>>();
  });

  it('keeps TIMEOUT a unique symbol, which isTimeout takes out', () => {
    const mapped$ = numbers$.pipe(asyncMap((n) => Promise.resolve(String(n)), { timeoutMs: 5, timeoutValue: TIMEOUT }));
    expectTypeOf(mapped$).toEqualTypeOf<Observable<string | typeof TIMEOUT>>();
    mapped$.subscribe((value) => {
      if (isTimeout(value)) expectTypeOf(value).toEqualTypeOf<typeof TIMEOUT>();
      else expectTypeOf(value).toEqualTypeOf<string>();
    });
  });

  it('keeps other sentinels as they are given', () => {
    expectTypeOf(numbers$.pipe(asyncMap(String, { timeoutMs: 5, timeoutValue: undefined }))).toEqualTypeOf<
      Observable<string | undefined>
    >();
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { timeoutMs: 5, timeoutValue: 'late' }))).toEqualTypeOf<
      Observable<number | 'late'>
    >();
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { timeoutMs: 5, timeoutValue: { late: true } }))).toEqualTypeOf<
      Observable<number | { late: boolean }>
    >();
  });

  it("types onError: 'skip' and 'fail' add nothing, 'settle' makes records, a function adds what it gives", () => {
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { onError: 'skip' }))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { onError: 'fail' }))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => String(n), { onError: 'settle' }))).toEqualTypeOf<
      Observable<Settled<string, number>>
    >();
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { onError: () => of('none') }))).toEqualTypeOf<
      Observable<number | string>
    >();
    numbers$.pipe(
      asyncMap((n) => n, {
        onError: (error, input, index) => {
          expectTypeOf(error).toEqualTypeOf<unknown>();
          expectTypeOf(input).toEqualTypeOf<number>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return [null];
        },
      }),
    );
  });

  it('puts all of it together', () => {
    const mapped$ = numbers$.pipe(
      asyncMap((n) => Promise.resolve(String(n)), {
        select: (result, input) => ({ result, input }),
        timeoutMs: 5,
        timeoutValue: TIMEOUT,
        retry: { count: 2, delay: (error, count) => of(error, count) },
        onError: 'settle',
        ordered: false,
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<
      Observable<Settled<{ result: string; input: number } | typeof TIMEOUT, number>>
    >();
    mapped$.subscribe((outcome) => {
      if (outcome.status === 'rejected') expectTypeOf(outcome.reason).toEqualTypeOf<unknown>();
      else if (!isTimeout(outcome.value)) expectTypeOf(outcome.value.result).toEqualTypeOf<string>();
    });
  });

  it('is what the function makes of it, whatever is expected of the stream', () => {
    // @ts-expect-error it emits numbers
    const text$: Observable<string> = numbers$.pipe(asyncMap((n) => n));
    // @ts-expect-error with options, too
    const promised$: Observable<string> = numbers$.pipe(asyncMap((n) => Promise.resolve(n), { onError: 'skip' }));
    // @ts-expect-error and in records
    const settled$: Observable<Settled<string, number>> = numbers$.pipe(asyncMap((n) => n, { onError: 'settle' }));
    const more$: Observable<number | undefined> = numbers$.pipe(asyncMap((n) => n));
    return [text$, promised$, settled$, more$];
  });

  it('goes through a function for any type of value', () => {
    function orLate<T>(source: Observable<T>): Observable<Settled<{ value: T } | typeof TIMEOUT, T>> {
      return source.pipe(
        asyncMap((value) => ({ value }), { timeoutMs: 5, timeoutValue: TIMEOUT, onError: 'settle' }),
      );
    }
    expectTypeOf(orLate(numbers$)).toEqualTypeOf<Observable<Settled<{ value: number } | typeof TIMEOUT, number>>>();
  });

  it('takes the word of a function for any type of result that this does not stream', () => {
    const mapped = <T, R>(project: (value: T) => Promise<R>): OperatorFunction<T, R> =>
      asyncMap<T, Promise<R>, R>(project);
    expectTypeOf(numbers$.pipe(mapped((n) => Promise.resolve(String(n))))).toEqualTypeOf<Observable<string>>();
  });

  it('refuses a function that takes another input, and options it does not know', () => {
    // @ts-expect-error the values are numbers
    numbers$.pipe(asyncMap((text: string) => text));
    // @ts-expect-error there is no such option
    numbers$.pipe(asyncMap((n) => n, { concurency: 2 }));
    // @ts-expect-error there is no such answer to an error
    numbers$.pipe(asyncMap((n) => n, { onError: 'ignore' }));
    // @ts-expect-error args is for tasks
    numbers$.pipe(asyncMap((n) => n, { args: [1] }));
  });

  it('takes a key of each value, and a concurrency that tunes itself', () => {
    const concurrency = autoConcurrency({ max: 10 });
    expectTypeOf(concurrency.changes$).toEqualTypeOf<Observable<number>>();
    const mapped$ = numbers$.pipe(
      asyncMap((n) => Promise.resolve(String(n)), {
        concurrency,
        key: (n) => {
          expectTypeOf(n).toEqualTypeOf<number>();
          return n % 2;
        },
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<string>>();
    expectTypeOf(numbers$.pipe(asyncMap((n) => n, { concurrency: 'auto' }))).toEqualTypeOf<Observable<number>>();
    // @ts-expect-error only what autoConcurrency makes
    numbers$.pipe(asyncMap((n) => n, { concurrency: { current: 1 } }));
  });
});
