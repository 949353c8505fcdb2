import { EMPTY, Subject, takeUntil, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TaskTimeoutError } from '../../src/errors.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { marbles } from '../marbles.js';
import { failLater, later } from '../pressure.js';
import { bothMaps } from './both-maps.js';

/** Shows a failure by its class, so that a marble can say which it was. */
const late = expect.any(TaskTimeoutError) as unknown;

describe.each(bothMaps)('%s with onError', (_name, map) => {
  it.each([{}, { timeoutMs: 5 }, { retry: 0 }])("'fail' is the default, with %j", (options) => {
    marbles(({ cold, expectObservable }) => {
      const task = cold('-#');
      expectObservable(cold('a|').pipe(map(() => task, { ...options, onError: 'fail' }))).toBe('-#');
      expectObservable(cold('a|').pipe(map(() => task, options))).toBe('-#');
    })();
  });

  it(
    "'skip' leaves a value out",
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a-b-c|');
      const expected = '   -a---c|';
      const project = (v: string): string => {
        if (v === 'b') throw new Error('bad');
        return v;
      };

      expectObservable(source.pipe(map(project, { onError: 'skip' }))).toBe(expected);
    }),
  );

  it(
    "'skip' goes on behind a slow head",
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -abcd|');
      const results: Record<string, unknown> = {
        a: later(6, 'a'),
        b: failLater(1, 'bad'),
        c: failLater(1, 'bad'),
        d: later(1, 'd'),
      };
      const expected = '   -------(ad|)';

      expectObservable(source.pipe(map((v) => results[v], { concurrency: 2, onError: 'skip' }))).toBe(expected);
    }),
  );

  it(
    "'settle' gives a record for each value, in its place",
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab--|');
      const results: Record<string, unknown> = { a: failLater(5, undefined), b: later(1, 'B') };
      const expected = '   ------(ab|)';

      expectObservable(source.pipe(map((v) => results[v], { concurrency: 2, onError: 'settle' }))).toBe(expected, {
        a: { status: 'rejected', reason: undefined, input: 'a' },
        b: { status: 'fulfilled', value: 'B', input: 'b' },
      });
    }),
  );

  it(
    "'settle' gives a record for each value of a stream, then one for its failure",
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -x-y-#', undefined, 'bad');
      const expected = '   -x-y-(e|)';

      expectObservable(source.pipe(map(() => task, { onError: 'settle' }))).toBe(expected, {
        x: { status: 'fulfilled', value: 'x', input: 'a' },
        y: { status: 'fulfilled', value: 'y', input: 'a' },
        e: { status: 'rejected', reason: 'bad', input: 'a' },
      });
    }),
  );

  it(
    "'settle' takes a timeoutValue for a value, and a timeout for a failure",
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -----x|');

      expectObservable(source.pipe(map(() => task, { onError: 'settle', timeoutMs: 2, timeoutValue: TIMEOUT }))).toBe(
        '--(x|)',
        {
          x: { status: 'fulfilled', value: TIMEOUT, input: 'a' },
        },
      );
      expectObservable(source.pipe(map(() => task, { onError: 'settle', timeoutMs: 2 }))).toBe(
        '                       --(x|)',
        {
          x: { status: 'rejected', reason: late, input: 'a' },
        },
      );
    }),
  );

  it(
    'a function puts what it gives in the place of the value',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot(' -ab-----|');
      const instead = cold('    --x-y|');
      const expected = '   -----x-y(b|)';
      const calls: unknown[] = [];
      const onError = (...args: unknown[]): Observable<string> => {
        calls.push(args);
        return instead;
      };

      expectObservable(
        source.pipe(
          map((v) => (v === 'a' ? failLater(2, 'bad') : later(4, 'b')), { concurrency: 2, onError }),
          tap({ complete: () => expect(calls).toEqual([['bad', 'a', 0]]) }),
        ),
      ).toBe(expected);
    }),
  );

  it.each([
    ['a promise', () => later(2, 'x') as Promise<string>, '---(x|)'],
    ['an array', () => ['x', 'y'], '-(xy|)'],
    ['nothing', () => EMPTY, '-|'],
  ])('a function may give %s', (_what, onError, expected) => {
    marbles(({ cold, expectObservable }) => {
      const task = cold('-#');
      expectObservable(cold('(a|)').pipe(map(() => task, { onError }))).toBe(expected);
    })();
  });

  it(
    'fails with what the function throws, or its stream fails with',
    marbles(({ cold, expectObservable }) => {
      const task = cold('-#');
      const throwing = (): never => {
        throw new Error('worse');
      };

      expectObservable(cold('a|').pipe(map(() => task, { onError: throwing }))).toBe(
        '-#',
        undefined,
        new Error('worse'),
      );
      expectObservable(cold('a|').pipe(map(() => task, { onError: () => throwError(() => 'worse') }))).toBe(
        '-#',
        undefined,
        'worse',
      );
    }),
  );

  it.each([
    [5, '5'],
    [undefined, 'undefined'],
    [{}, 'an object'],
  ])('says what to give in place of a function that gives %o, and what it was called for', (made, shown) => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('-(ab)');
      const expected = '   -(B#)';
      const project = (v: string): unknown => (v === 'a' ? later(0, 'B') : throwError(() => 'bad'));
      const advice = new TypeError(
        `named: onError gave ${shown} for the value at index 1, where a stream is expected; give [value] for one value, [] for none, a promise, or an Observable.`,
        { cause: 'bad' },
      );

      expectObservable(source.pipe(map(project, { name: 'named', onError: () => made as never }))).toBe(
        expected,
        undefined,
        advice,
      );
    })();
  });

  it(
    'emits nothing when the consumer unsubscribes inside the function',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|');
      const task = cold('   -#');
      const instead = cold('x');
      const stop = new Subject<void>();
      const onError = (): Observable<string> => {
        stop.next();
        return instead;
      };

      expectObservable(
        source.pipe(
          map(() => task, { onError }),
          takeUntil(stop),
        ),
      ).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(instead.subscriptions).toBe([]);
    }),
  );
});
