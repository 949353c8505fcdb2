import { NEVER, Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TaskTimeoutError } from '../../src/errors.js';
import { asyncMap } from '../../src/operators/async-map.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { repeatFetch } from '../../src/sources/repeat-fetch.js';
import { marbles } from '../marbles.js';
import { busyFor, later, pausable } from '../pressure.js';
import { all } from '../probes.js';
import { bothMaps } from './both-maps.js';

const T = { T: TIMEOUT };

/** Shows a failure by its class, so that a marble can say which it was. */
const late = expect.any(TaskTimeoutError) as unknown;

describe.each(bothMaps)('%s with timeoutMs', (_name, map) => {
  it(
    'fails with a TaskTimeoutError that tells what was late, and stops it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a---|');
      const task = cold('   -----(x|)');
      const expected = '   ----#';
      const mapped$ = source.pipe(map(() => task, { timeoutMs: 3, name: 'slow' }));

      expectObservable(mapped$).toBe(
        expected,
        undefined,
        new TaskTimeoutError(
          'slow did not finish the value at index 0 within timeoutMs: 3 of its start (attempt 1), and was stopped. Allow more time, retry, or give a timeoutValue.',
        ),
      );
      expectSubscriptions(task.subscriptions).toBe('-^--!');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'counts from the start of the call, not from when the value came',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab|');
      const expected = '   ----a--(b|)';

      expectObservable(source.pipe(map((v) => later(3, v), { timeoutMs: 4 }))).toBe(expected);
    }),
  );

  it('does not take a failure that is undefined for lateness', () => {
    const project = (): never => {
      throw undefined;
    };

    expect(all(of('a').pipe(map(project, { timeoutMs: 3, timeoutValue: TIMEOUT })))).toEqual([undefined]);
  });

  it(
    'has left what is late when somebody is told',
    marbles(({ cold, flush }) => {
      const log: string[] = [];
      const task = new Observable<string>(() => () => {
        log.push('left');
      });
      const tell = (who: string) => (): readonly never[] => {
        log.push(`${who} is told`);
        return [];
      };
      const asks = { onError: tell('onError') };
      const retries = { onError: 'skip', retry: { delay: tell('retry') } } as const;
      for (const options of [asks, retries]) cold('a|').pipe(map(() => task, { timeoutMs: 3, ...options })).subscribe();
      flush();

      expect(log).toEqual(['left', 'onError is told', 'left', 'retry is told']);
    }),
  );

  it(
    'puts timeoutValue in the place of the late value, and goes on',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc|');
      const slow = cold('   ---------(x|)');
      const results: Record<string, unknown> = { a: later(2, 'a'), b: slow, c: later(2, 'c') };
      const expected = '   ---a----(Tc|)';

      expectObservable(
        source.pipe(map((v) => results[v], { concurrency: 3, timeoutMs: 6, timeoutValue: TIMEOUT })),
      ).toBe(expected, { a: 'a', c: 'c', ...T });
      expectSubscriptions(slow.subscriptions).toBe('--^-----!');
    }),
  );

  it.each([undefined, null, 0, ''])('takes %j for a timeoutValue, too', (timeoutValue) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a|').pipe(map(() => later(5, 'x'), { timeoutMs: 2, timeoutValue }))).toBe('--(T|)', {
        T: timeoutValue,
      });
    })();
  });

  it(
    'never surfaces a result that comes after it, nor subscribes to one that streams',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('     -a-b-----|');
      const surfacing = cold('      x');
      const results: Record<string, unknown> = { a: later(4, surfacing), b: later(3, 'b') };
      const expected = '        ---T-T---|';

      expectObservable(source.pipe(map((v) => results[v], { timeoutMs: 2, timeoutValue: TIMEOUT }))).toBe(expected, T);
      expectSubscriptions(surfacing.subscriptions).toBe([]);
    }),
  );

  it(
    'leaves a call alone that is in time',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a------|').pipe(map((v) => later(3, v), { timeoutMs: 4 }))).toBe('----a---|');
    }),
  );

  it(
    'covers each wait for a value of a stream',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const quick = cold(' -x--y--z--|');
      const task = cold('   --x--y----z|');
      const expected = '   ---x--y--(T|)';

      expectObservable(source.pipe(map(() => task, { timeoutMs: 3, timeoutValue: TIMEOUT }))).toBe(expected, {
        x: 'x',
        y: 'y',
        ...T,
      });
      expectSubscriptions(task.subscriptions).toBe('-^-------!');
      expectObservable(source.pipe(map(() => quick, { timeoutMs: 3 }))).toBe('--x--y--z--|');
    }),
  );

  it(
    'covers the wait for the end of a stream',
    marbles(({ cold, expectObservable }) => {
      const task = cold('x------|');
      expectObservable(cold('a|').pipe(map(() => task, { timeoutMs: 3 }))).toBe('x--#', undefined, late);
    }),
  );

  it(
    'stands while the stream is held',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const expected = '   -x-------y-------z------|';

      expectObservable(
        source.pipe(
          map(() => pausable(1, ['x', 'y', 'z']), { timeoutMs: 2 }),
          busyFor(7),
        ),
      ).toBe(expected);
    }),
  );

  it(
    'counts on when the stream is let go',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      // Held for 5, then 3 without a value; the sentinel is held for 5, and the completion with it.
      const expected = '   x-------T----|';
      const stuck = (): unknown => repeatFetch(({ index }) => (index === 0 ? 'x' : NEVER));

      expectObservable(source.pipe(map(stuck, { timeoutMs: 3, timeoutValue: TIMEOUT }), busyFor(5))).toBe(expected, {
        x: 'x',
        ...T,
      });
    }),
  );

  it(
    'counts while values wait that could not be held back',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  xy--------z|');
      const expected = '   x-----y-----#';

      expectObservable(
        source.pipe(
          map(() => task, { timeoutMs: 3 }),
          busyFor(6),
        ),
      ).toBe(expected, undefined, late);
    }),
  );

  it(
    'counts for each call on its own',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab-|');
      const expected = '   ------(ab|)';

      expectObservable(source.pipe(map((v) => later(v === 'a' ? 5 : 4, v), { concurrency: 2, timeoutMs: 6 }))).toBe(
        expected,
      );
    }),
  );

  it(
    'is counted as late when both fall into the same millisecond and the clock is first',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a|').pipe(map((v) => later(3, v), { timeoutMs: 3 }))).toBe('---#', undefined, late);
    }),
  );

  it(
    'leaves no timer behind',
    marbles(({ cold, expectObservable, flush }) => {
      expectObservable(cold('a|').pipe(map((v) => later(1, v), { timeoutMs: 1000 })), '-----!').toBe('-(a|)');
      flush();
    }),
  );
});

describe('asyncMap, late', () => {
  it.each([
    ['asyncMap(slow)', { slow: () => NEVER }.slow],
    ['asyncMap', ((): (() => typeof NEVER) => () => NEVER)()],
  ])('goes by the name %s when it is given none', (name, project) => {
    marbles(({ cold, flush }) => {
      const errors: unknown[] = [];
      cold('a|')
        .pipe(asyncMap(project, { timeoutMs: 3 }))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      flush();

      expect(String(errors[0])).toContain(`: ${name} did not finish`);
    })();
  });
});
