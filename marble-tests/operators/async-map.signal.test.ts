import { merge, NEVER, of, Subject, take, takeUntil, throwError, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { asyncMap } from '../../src/operators/async-map.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import type { LooseMapOptions } from '../../src/operators/map-options.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { currentTask } from '../../src/worker/current-task.js';
import { marbles } from '../marbles.js';
import { failLater, later } from '../pressure.js';
import type { AnyMap } from './both-maps.js';

/** Maps whose function notes in `aborted$` when the signal of a call is aborted: by the call's value. */
function noting(kind: string): { map: AnyMap; aborted$: Observable<unknown> } {
  const aborted$ = new Subject<unknown>();
  const note = (signal: AbortSignal, value: unknown): void => {
    signal.addEventListener('abort', () => aborted$.next(value));
  };
  const map = (
    project: (value: never) => unknown,
    options?: LooseMapOptions<never>,
  ): OperatorFunction<never, unknown> => {
    if (kind === 'asyncMap') {
      return asyncMap((value: never, { signal }) => {
        note(signal, value);
        return project(value);
      }, options as never);
    }
    const task = (value: never): unknown => {
      note(currentTask().signal, value);
      return project(value);
    };
    return backgroundMap(inline({ task }).tasks.task as never, options as never);
  };
  return { map: map as unknown as AnyMap, aborted$ };
}

describe.each(['asyncMap', 'backgroundMap'])('the signal in %s', (kind) => {
  it(
    'is aborted for every call that runs on unsubscribe',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    -abc');
      const aborts = '         ------(cb)';

      expectObservable(aborted$).toBe(aborts);
      expectObservable(source.pipe(map((v) => later(v === 'a' ? 2 : 9, v), { concurrency: 3 })), '------!').toBe(
        '---a---',
      );
    }),
  );

  it(
    'is aborted for a promise, a stream, and a promise of a stream',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    (abc)');
      const results: Record<string, unknown> = { a: later(9, 'a'), b: NEVER, c: later(1, NEVER) };
      const aborts = '         ------(cba)';

      expectObservable(aborted$).toBe(aborts);
      expectObservable(source.pipe(map((v) => results[v], { concurrency: 3 })), '------!').toBe('-------');
    }),
  );

  it(
    'is aborted on timeout, of each attempt',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    a|');
      const aborts = '         --a-a';
      const expected = '       ----(T|)';

      expectObservable(aborted$).toBe(aborts);
      expectObservable(source.pipe(map(() => NEVER, { timeoutMs: 2, timeoutValue: TIMEOUT, retry: 1 }))).toBe(
        expected,
        { T: TIMEOUT },
      );
    }),
  );

  it(
    'is aborted for calls after one that failed, and not for those before it',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    -abc|');
      const results: Record<string, unknown> = { a: later(6, 'a'), b: failLater(3, 'bad'), c: later(9, 'c') };
      const aborts = kind === 'asyncMap' ? '-----(bc)' : '-----c';
      const expected = '       -------(a#)';

      expectObservable(aborted$).toBe(aborts);
      expectObservable(source.pipe(map((v) => results[v], { concurrency: 3 }))).toBe(expected, undefined, 'bad');
    }),
  );

  it(
    'is aborted for the rest of a stream whose select throws',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    a|');
      const task = cold('      -x-y-z|');
      const aborts = '         -a';
      const select = (): never => {
        throw new Error('bad');
      };

      expectObservable(aborted$).toBe(aborts);
      expectObservable(source.pipe(map(() => task, { select }))).toBe('-#', undefined, new Error('bad'));
    }),
  );

  it(
    'is aborted when select unsubscribes and then throws, inside a stream that brings its values at once',
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting(kind);
      const source = cold('    -a|');
      const aborts = '         -a';
      const stop = new Subject<void>();
      const select = (): never => {
        stop.next();
        throw new Error('bad');
      };

      expectObservable(aborted$).toBe(aborts);
      expectObservable(
        source.pipe(
          map(() => merge(of('x'), NEVER), { select }),
          takeUntil(stop),
        ),
      ).toBe('-|');
    }),
  );

  it.each([
    ['plainly', {}],
    ['with a timeout', { timeoutMs: 50 }],
    ['with retry', { retry: 2 }],
    ['with onError', { onError: 'skip' }],
    ["with 'settle'", { onError: 'settle' }],
  ] as const)('is never aborted on success: %s', (_how, options) => {
    marbles(({ cold, expectObservable, flush }) => {
      const { map, aborted$ } = noting(kind);
      const aborted: unknown[] = [];
      aborted$.subscribe((value) => aborted.push(value));
      const source = cold('  abcd|');
      const results: Record<string, unknown> = { a: 'a', b: later(2, 'b'), c: of('x', 'y'), d: later(1, of('z')) };

      source.pipe(map((v) => results[v], options as never)).subscribe();
      // Some take what they want and leave, inside the delivery of the last result of a call.
      for (const v of ['a', 'b'])
        of(v)
          .pipe(
            map((key) => results[key], options as never),
            take(1),
          )
          .subscribe();
      expectObservable(source.pipe(map((v) => results[v], { concurrency: 4, ...options })), '----------!');
      flush();
      expect(aborted).toEqual([]);
    })();
  });
});

describe('the signal in asyncMap', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('bad');
      },
    ],
    ['rejects', () => failLater(0, new Error('bad'))],
    ['streams an error', () => throwError(() => new Error('bad'))],
    [
      'promises a stream of an error',
      () =>
        later(
          0,
          throwError(() => new Error('bad')),
        ),
    ],
  ])('is aborted when the call fails: it %s', (_how, result: () => unknown) => {
    marbles(({ cold, expectObservable }) => {
      const { map, aborted$ } = noting('asyncMap');

      expectObservable(aborted$).toBe('a');
      expectObservable(cold('(a|)').pipe(map(result, { onError: 'skip' }))).toBe('|');
      expectObservable(cold('-(a|)').pipe(asyncMap(result))).toBe('-#', undefined, new Error('bad'));
    })();
  });

  it('is made when it is first read, aborted when that is too late', () => {
    let read: () => AbortSignal = () => {
      throw new Error('not called');
    };
    const subscription = of(1)
      .pipe(
        asyncMap((_n, context) => {
          read = () => context.signal;
          return NEVER;
        }),
      )
      .subscribe();
    subscription.unsubscribe();

    expect(read().aborted).toBe(true);
    expect(read()).toBe(read());
  });

  it(
    'is a new one for each attempt',
    marbles(({ cold, expectObservable, flush }) => {
      const signals: AbortSignal[] = [];
      const mapped$ = cold('a|').pipe(
        asyncMap(
          (v, { signal, index }) => {
            signals.push(signal);
            return signals.length < 3 ? failLater(1, 'bad') : later(1, `${v}${String(index)}`);
          },
          { retry: 2 },
        ),
      );

      expectObservable(mapped$).toBe('---(x|)', { x: 'a0' });
      flush();
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    }),
  );
});
