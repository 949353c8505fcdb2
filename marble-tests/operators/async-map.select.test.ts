import { of, Subject, takeUntil } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';
import { bothMaps } from './both-maps.js';

describe.each(bothMaps)('%s with select', (_name, map) => {
  it(
    'makes the value of a result, its input and its index',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a-b|');
      const expected = '   -a-b|';
      const select = (result: string, input: string, index: number): string => `${input}${result}${String(index)}`;

      expectObservable(source.pipe(map((v: string) => v.toUpperCase(), { select }))).toBe(expected, {
        a: 'aA0',
        b: 'bB1',
      });
    }),
  );

  it(
    'is called for each value of a stream',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -x-y|');
      const expected = '   -x-y|';

      expectObservable(source.pipe(map(() => task, { select: (v: string, input) => input + v }))).toBe(expected, {
        x: 'ax',
        y: 'ay',
      });
    }),
  );

  it(
    'may give undefined or a promise, which is not waited for',
    marbles(({ cold, expectObservable }) => {
      const promise = later(1, 1);

      expectObservable(cold('a|').pipe(map((v) => v, { select: () => undefined }))).toBe('u|', { u: undefined });
      expectObservable(cold('a|').pipe(map((v) => v, { select: () => promise }))).toBe('  p|', { p: promise });
    }),
  );

  it(
    'fails the value when it throws, and stops the rest of a stream',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|');
      const task = cold('   -x-y-z|');
      const expected = '   --x-#';
      const select = (v: string): string => {
        if (v === 'y') throw new Error('bad');
        return v;
      };

      expectObservable(source.pipe(map(() => task, { select }))).toBe(expected, undefined, new Error('bad'));
      expectSubscriptions(task.subscriptions).toBe('-^--!');
    }),
  );

  it(
    'is not called for what comes when nobody wants it any more',
    marbles(({ cold, flush }) => {
      const select = vi.fn<(result: unknown) => unknown>();
      cold('ab|')
        .pipe(
          map((v) => (v === 'a' ? later(5, 'x') : cold('---#')), { concurrency: 2, ordered: false, select }),
        )
        .subscribe({ error: () => undefined });
      cold('a|')
        .pipe(
          map(() => later(5, 'x'), { select }),
          takeUntil(cold('--a')),
        )
        .subscribe();
      flush();

      expect(select).not.toHaveBeenCalled();
    }),
  );

  it('stops a stream that brings everything at once', () => {
    let asked = 0;
    const seen: unknown[] = [];
    const endless = function* (): Generator<number> {
      for (;;) yield asked++;
    };
    const select = (n: number): number => {
      if (n === 3) throw new Error('bad');
      return n;
    };
    of(1)
      .pipe(map(endless, { select }))
      .subscribe({ next: (n) => seen.push(n), error: (error: unknown) => seen.push(error) });

    expect(seen).toEqual([0, 1, 2, new Error('bad')]);
    expect(asked).toBe(4);
  });

  it.each([undefined, 2, 100])('comes after retry, which does not see what it throws; timeoutMs %s', (timeoutMs) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const task = cold('   -(x|)');
      const expected = '   --#';
      const select = (): never => {
        throw new Error('bad');
      };

      expectObservable(source.pipe(map(() => task, { select, retry: 3, timeoutMs }))).toBe(
        expected,
        undefined,
        new Error('bad'),
      );
      expectSubscriptions(task.subscriptions).toBe('-^!');
    })();
  });

  it(
    'comes before timeoutValue, which it does not see',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const task = cold('  -----x|');
      const expected = '   --(T|)';
      const select = (v: string): string => `selected ${v}`;

      expectObservable(source.pipe(map(() => task, { select, timeoutMs: 2, timeoutValue: TIMEOUT }))).toBe(expected, {
        T: TIMEOUT,
      });
    }),
  );

  it(
    'comes before onError, which sees what it throws',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      const select = (): never => {
        throw new Error('bad');
      };
      const onError = (error: unknown): unknown[] => [`select: ${String(error)}`];

      expectObservable(source.pipe(map((v) => v, { select, onError }))).toBe('          x|', {
        x: 'select: Error: bad',
      });
      expectObservable(source.pipe(map((v) => v, { select, onError: 'settle' }))).toBe('x|', {
        x: { status: 'rejected', reason: new Error('bad'), input: 'a' },
      });
      expectObservable(source.pipe(map((v) => v, { select, onError: 'skip' }))).toBe('  -|');
    }),
  );

  it(
    'does not select what onError puts in the place',
    marbles(({ cold, expectObservable }) => {
      const task = cold('#');
      const select = (v: string): string => `selected ${v}`;

      expectObservable(cold('a|').pipe(map(() => task, { select, onError: () => of('x') }))).toBe('x|');
    }),
  );

  it.each(['fail', 'skip'] as const)('is called with no valve current: onError %s', (onError) => {
    const seen: unknown[] = [];
    fromPull([1])
      .pipe(map(() => fromPull([1, 2]), { select: () => seen.push(currentValve()), onError }))
      .subscribe();

    expect(seen).toEqual([undefined, undefined]);
  });

  it.each([
    ['a result', 'x'],
    ['a stream', of('x', 'y')],
  ])('emits nothing when the consumer unsubscribes inside it: %s', (_what, result) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|');
      const stop = new Subject<void>();
      const select = (v: string): string => {
        stop.next();
        return v;
      };

      expectObservable(
        source.pipe(
          map(() => result, { select }),
          takeUntil(stop),
        ),
      ).toBe('-|');
      expectSubscriptions(source.subscriptions).toBe('^!');
    })();
  });
});
