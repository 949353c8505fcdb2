import { EMPTY, mergeMap, Observable, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { repeatFetch } from '../../src/sources/repeat-fetch.js';
import { marbles } from '../marbles.js';
import { failLater, later } from '../pressure.js';
import { bothMaps } from './both-maps.js';

const T = { T: TIMEOUT };

describe.each(bothMaps)('%s with retry', (_name, map) => {
  it(
    'tries again as often as it says, at once',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const task = cold('   --#');
      const tasks = ['     -^-!', '     ---^-!', '     -----^-!'];
      const expected = '   -------#';

      expectObservable(source.pipe(map(() => task, { retry: 2 }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'says what to give in place of a delay that cannot be waited for',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -#', undefined, 'bad');
      const expected = '   -#';
      const delay = (_error: unknown, attempt: number): never => (1000 * attempt) as never;
      const advice = new TypeError(
        'named: retry.delay gave 1000 after attempt 1, where a stream is expected; give timer(milliseconds), a promise, or another Observable.',
        { cause: 'bad' },
      );

      expectObservable(source.pipe(map(() => task, { name: 'named', retry: { count: 2, delay } }))).toBe(
        expected,
        undefined,
        advice,
      );
    }),
  );

  it(
    'keeps its place and its slot meanwhile',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc|');
      let attempts = 0;
      const third = cold('  --(z|)');
      const project = (v: string): unknown => {
        if (v === 'a') return attempts++ < 2 ? failLater(2, 'bad') : later(2, 'a');
        return v === 'b' ? later(3, 'b') : third;
      };
      const expected = '   -------(abz|)';

      expectObservable(source.pipe(map(project, { concurrency: 2, retry: 2 }))).toBe(expected);
      expectSubscriptions(third.subscriptions).toBe('-----^-!');
    }),
  );

  it(
    'calls the function again, for what it throws as well',
    marbles(({ cold, expectObservable }) => {
      let attempts = 0;
      const project = (v: string): string => {
        if (attempts++ < 3) throw new Error(`attempt ${String(attempts)}`);
        return v;
      };

      expectObservable(cold('-a|').pipe(map(project, { retry: 3 }))).toBe('-a|');
    }),
  );

  it(
    'does not try again without need, nor with retry: 0',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const good = cold('-(x|)');
      const bad = cold('--#');

      expectObservable(cold('a|').pipe(map(() => good, { retry: 5 }))).toBe('-(x|)');
      expectObservable(cold('a|').pipe(map(() => bad, { retry: 0 }))).toBe(' --#');
      expectSubscriptions(good.subscriptions).toBe('^!');
      expectSubscriptions(bad.subscriptions).toBe('^-!');
    }),
  );

  it(
    'waits between attempts as a RetryConfig says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  -#');
      const tasks = ['     ^!', '     ----^!', '     --------^!'];
      const expected = '   ---------#';

      expectObservable(source.pipe(map(() => task, { retry: { count: 2, delay: 3 } }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'waits for the notifier of a RetryConfig, which may give up',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  -#', undefined, 'bad');
      const tasks = ['     ^!', '     --^!', '     -----^!'];
      const expected = '   ------#';
      const delay = (error: unknown, count: number): Observable<unknown> =>
        count < 3 ? timer(count) : throwError(() => `${String(error)} ${String(count)} times`);

      expectObservable(source.pipe(map(() => task, { retry: { delay } }))).toBe(expected, undefined, 'bad 3 times');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'ends the value without a word when the notifier completes',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a--b|');
      const expected = '   -----(b|)';
      const results: Record<string, unknown> = { a: failLater(1, 'bad'), b: later(1, 'b') };

      expectObservable(source.pipe(map((v) => results[v], { retry: { delay: () => EMPTY } }))).toBe(expected);
    }),
  );

  it(
    'counts afresh after a value with resetOnSuccess',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  x-#');
      const expected = '   x-x-x-';

      expectObservable(source.pipe(map(() => task, { retry: { count: 1, resetOnSuccess: true } })), '-----!').toBe(
        expected,
      );
      expectObservable(source.pipe(map(() => task, { retry: { count: 1, resetOnSuccess: false } }))).toBe('x-x-#');
      expectSubscriptions(task.subscriptions).toBe(['^-!', '^-!', '--^-!', '--^-!', '----^!']);
    }),
  );

  it(
    'stops between two attempts on unsubscribe',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  -#');

      expectObservable(source.pipe(map(() => task, { retry: { delay: 5 } })), '---!').toBe('----');
      expectSubscriptions(task.subscriptions).toBe('^!');
    }),
  );

  it(
    'keeps what a stream brought before it failed',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -x-#');
      const expected = '   -x--x-#';

      expectObservable(source.pipe(map(() => task, { retry: 1 }))).toBe(expected);
    }),
  );

  it(
    'gives each attempt its own time, from its own start',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  -----(x|)');
      const tasks = ['     ^--!', '     -----^--!'];
      const expected = '   --------(T|)';

      expectObservable(
        source.pipe(map(() => task, { timeoutMs: 3, timeoutValue: TIMEOUT, retry: { count: 1, delay: 2 } })),
      ).toBe(expected, T);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'calls the function, the notifier and onError with no valve current, right inside the failure of a stream that can be held',
    marbles(({ cold, expectObservable, flush }) => {
      const seen: unknown[] = [];
      const look = (): void => {
        seen.push(currentValve());
      };
      const failing = (): Observable<unknown> =>
        repeatFetch(() => timer(1).pipe(mergeMap(() => throwError(() => 'bad'))));
      const seeing = (): Observable<unknown> =>
        new Observable((subscriber) => {
          look();
          subscriber.complete();
        });
      const project = (): unknown => {
        look();
        return failing();
      };
      const delay = (): Observable<unknown> => {
        look();
        return of(1);
      };

      expectObservable(cold('a|').pipe(map(project, { retry: { count: 1, delay }, onError: seeing }))).toBe('--|');
      flush();
      expect(seen).toEqual([undefined, undefined, undefined, undefined]);
    }),
  );

  it('calls the function with no valve current, even right inside a failure of a stream', () => {
    const seen: unknown[] = [];
    const failing = (): Observable<unknown> =>
      fromPull(function* () {
        yield* [];
        throw new Error('bad');
      });
    of(1)
      .pipe(
        map(
          () => {
            seen.push(currentValve());
            return failing();
          },
          { retry: 2, onError: 'skip' },
        ),
      )
      .subscribe();

    expect(seen).toEqual([undefined, undefined, undefined]);
  });
});
