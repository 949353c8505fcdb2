import { EMPTY, merge, NEVER, Observable, of, share, Subject, take, takeUntil, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { marbles } from '../marbles.js';
import { busyFor, heldUntil, later, pausable } from '../pressure.js';
import { bothMaps } from './both-maps.js';

/** An iterator of 0, 1, 2 … that tells how often it was asked, and whether it was told to return. */
function counter(end = Infinity): { iterator: Iterator<number>; asked: () => number; returned: () => number } {
  let asked = 0;
  let returned = 0;
  return {
    iterator: {
      next: () => (asked < end ? { done: false, value: asked++ } : { done: true, value: undefined }),
      return: () => {
        returned++;
        return { done: true, value: undefined };
      },
    },
    asked: () => asked,
    returned: () => returned,
  };
}

describe.each(bothMaps)('%s of results that stream', (_name, map) => {
  it(
    'emits each value as it comes, and starts the next input when the stream has ended',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -ab-----|');
      const task = cold('   -x-y-|');
      const tasks = ['     -^----!', '     ------^----!'];
      const expected = '   --x-y--x-y-|';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    "emits them in their input's place: a later stream waits, and is emitted at once when its turn comes",
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('    -ab|');
      const a = cold('         -w-----x|');
      const b = cold('          -y-z|');
      const expected = '      --w-----x(yz|)';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : b), { concurrency: 2 }))).toBe(expected);
    }),
  );

  it(
    'emits a stream on, as it comes, from the moment it is its turn',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('    -ab|');
      const a = cold('         -w-|');
      const b = cold('          --y-z|');
      const expected = '      --w-y-z|';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : b), { concurrency: 2 }))).toBe(expected);
    }),
  );

  it(
    'emits values as they come with ordered: false',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('    -ab|');
      const a = cold('         -w-----x|');
      const b = cold('          -y-z|');
      const expected = '      --wy-z--x|';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : b), { concurrency: 2, ordered: false }))).toBe(expected);
    }),
  );

  it(
    'streams what a promise of a stream brings',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const task = cold('     -x-y|');
      const expected = '   -----x-y|';

      expectObservable(source.pipe(map(() => later(3, task)))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe('----^---!');
    }),
  );

  it(
    'goes on after a stream without values, which keeps its place until its turn',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -abcd|');
      const results: Record<string, unknown> = { a: later(5, 'a'), b: EMPTY, c: later(1, 'c'), d: EMPTY };
      const expected = '   ------(ac|)';

      expectObservable(source.pipe(map((v) => results[v], { concurrency: 3 }))).toBe(expected);
    }),
  );

  it.each([
    ['an array', [1, 2]],
    ['a string', 'ab'],
    ['a map', new Map([[1, 2]])],
    ['a set', new Set([1])],
    ['a typed array', new Uint8Array(2)],
    ['null', null],
    ['a function', () => 1],
    ['something whose next is no function', { next: 1 }],
    ['something whose Symbol.asyncIterator is no function', { [Symbol.asyncIterator]: undefined }],
  ])('takes %s for the value it is, promised or not', (_what, value) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(map(() => value))).toBe('         -x|', { x: value });
      expectObservable(cold('-a|').pipe(map(() => later(2, value)))).toBe('---(x|)', { x: value });
    })();
  });

  it.each([
    ['an Observable', () => of(1, 2)],
    [
      'a generator',
      function* () {
        yield* [1, 2];
      },
    ],
    ['an iterator', () => [1, 2].values()],
    ['something with Symbol.asyncIterator', () => ({ [Symbol.asyncIterator]: () => [1, 2].values() })],
    ['something with Symbol.observable', () => ({ [Symbol.observable ?? '@@observable']: () => of(1, 2) })],
  ])('streams %s', (_what, project) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-(a|)').pipe(map(project as () => unknown))).toBe('-(xy|)', { x: 1, y: 2 });
    })();
  });

  it('streams an async generator', async () => {
    async function* twice(n: number): AsyncGenerator<number> {
      yield n;
      await Promise.resolve();
      yield n;
    }
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      of(1, 2)
        .pipe(map(twice))
        .subscribe({ next: (n) => seen.push(n), complete: resolve });
    });

    expect(seen).toEqual([1, 1, 2, 2]);
  });

  it(
    'pulls an endless iterator at the pace of the consumer',
    marbles(({ expectObservable, flush }) => {
      const { iterator, asked, returned } = counter();
      const mapped$ = of('a').pipe(
        map(() => iterator),
        // The one in its hands, and one that waits.
        tap((n) => expect(asked()).toBeLessThanOrEqual((n as number) + 1)),
        busyFor(2),
      );

      expectObservable(mapped$, '-------!').toBe('a-b-c-d', { a: 0, b: 1, c: 2, d: 3 });
      flush();
      expect(asked()).toBeLessThanOrEqual(5);
      expect(returned()).toBe(1);
    }),
  );

  it.each([{}, { timeoutMs: 5 }, { retry: 1 }, { onError: 'skip' as const }])(
    'leaves a stream without end that brings its values at once: %j',
    (options) => {
      const { iterator, asked, returned } = counter();
      const seen: unknown[] = [];
      of('a')
        .pipe(
          map(() => iterator, options),
          take(3),
        )
        .subscribe((n) => seen.push(n));

      expect(seen).toEqual([0, 1, 2]);
      expect([asked(), returned()]).toEqual([3, 1]);
    },
  );

  it(
    'keeps one undelivered value of a stream that waits for its turn',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const { iterator, asked } = counter(5);
      const source = hot('    -ab|');
      const a = cold('         ---------(x|)');
      const unsubscribe = '   ---------!';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : iterator), { concurrency: 2 })), unsubscribe).toBe(
        '----------',
      );
      flush();
      expect(asked()).toBe(1);
    }),
  );

  it(
    'lets such a stream go on when its turn has come',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('    -ab|');
      const a = cold('         ----(x|)', { x: 'x' });
      const expected = '      -----(xabc|)';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : counter(3).iterator), { concurrency: 2 }))).toBe(
        expected,
        { x: 'x', a: 0, b: 1, c: 2 },
      );
    }),
  );

  it(
    'holds a stream at once when its own output is held',
    marbles(({ cold, expectObservable, flush }) => {
      const { iterator, asked } = counter();
      const release = cold('---r');
      const mapped$ = of('a').pipe(
        map(() => iterator),
        heldUntil((n) => (n === 0 ? release : NEVER)),
      );

      expectObservable(mapped$, '-----!').toBe('a--b-', { a: 0, b: 1 });
      flush();
      expect(asked()).toBeLessThanOrEqual(3);
    }),
  );

  it(
    'passes pressure on to a stream that can be held',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a|');
      //                    1 to bring each value, 3 with the consumer
      const expected = '   -x---y---z--|';

      expectObservable(
        source.pipe(
          map(() => pausable(1, ['x', 'y', 'z'])),
          busyFor(3),
        ),
      ).toBe(expected);
    }),
  );

  it(
    'keeps what a stream brings that cannot be held',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const task = cold('  xyz|');
      const expected = '   x---y---z---|';

      expectObservable(
        source.pipe(
          map(() => task),
          busyFor(4),
        ),
      ).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe('^--!');
    }),
  );

  it(
    'holds every part of a merged stream, and lets all go on',
    marbles(({ cold, expectObservable }) => {
      const source = cold('0|');
      const expected = '   -a---x----(b|)';
      const merged = (): Observable<string> => merge(pausable(1, ['a', 'b']), pausable(1, ['x', 'y']));

      expectObservable(source.pipe(map(merged), busyFor(4), take(3))).toBe(expected);
    }),
  );

  it(
    'counts an input as pending until its stream has ended',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -ab---|');
      const task = cold('   x-x-|');
      const tasks = ['     -^---!', '     -----^---!'];
      const expected = '   -x-x-x-x-|';

      expectObservable(source.pipe(map(() => task, { concurrency: 2, maxPending: 1 }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'returns its iterators on unsubscribe',
    marbles(({ expectObservable, flush }) => {
      const first = counter();
      const second = counter();
      const mapped$ = of(first, second).pipe(
        map(({ iterator }: typeof first) => iterator, { concurrency: 2 }),
        busyFor(2),
      );

      expectObservable(mapped$, '---!').toBe('a-b-', { a: 0, b: 1 });
      flush();
      expect([first.returned(), second.returned()]).toEqual([1, 1]);
    }),
  );

  it(
    'delivers the values before an error of a stream, in its place',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('    -abc|');
      const a = cold('         ------(w|)');
      const b = cold('          -x-y-#');
      const c = cold('           -z---------|');
      const tasks: Record<string, unknown> = { a, b, c };
      const expected = '      -------(wxy#)';

      expectObservable(source.pipe(map((v) => tasks[v], { concurrency: 3 }))).toBe(expected);
      expectSubscriptions(c.subscriptions).toBe('---^---!');
    }),
  );

  it(
    'holds nothing for a stream that has ended: a sibling of what it was taken from goes on',
    marbles(({ expectObservable }) => {
      const shared$ = pausable(1, ['a', 'b', 'c', 'd']).pipe(share());
      const unsubscribe = '   ----!';
      const mapped$ = of(1, 2).pipe(
        map(() => shared$.pipe(take(1)), { concurrency: 2 }),
        heldUntil(() => NEVER),
      );

      expectObservable(mapped$, unsubscribe).toBe('-a---');
      expectObservable(shared$).toBe('             -abc(d|)');
    }),
  );

  it(
    'holds nothing for a stream that ends inside the delivery of its value to a consumer that holds',
    marbles(({ expectObservable }) => {
      const shared$ = pausable(1, ['a', 'b', 'c', 'd']).pipe(share());
      const enough = new Subject<void>();
      const mapped$ = of(1, 2).pipe(
        map(() => shared$.pipe(takeUntil(enough)), { concurrency: 2 }),
        heldUntil(() => NEVER),
        tap(() => {
          enough.next();
        }),
      );

      expectObservable(mapped$).toBe('-a---');
      expectObservable(shared$).toBe('-abc(d|)');
    }),
  );

  it(
    'holds nothing for a stream that has failed',
    marbles(({ cold, expectObservable }) => {
      const shared$ = pausable(1, ['a', 'b', 'c']).pipe(share());
      const failing = new Observable<string>((subscriber) =>
        shared$.subscribe((v) => {
          subscriber.next(v);
          subscriber.error('bad');
        }),
      );
      const slow = cold('     ---------(x|)');
      const mapped$ = of(1, 2).pipe(map((n) => (n === 1 ? slow : failing), { concurrency: 2 }));

      expectObservable(mapped$).toBe('         ---------(xa#)', undefined, 'bad');
      expectObservable(shared$).toBe('         -ab(c|)');
    }),
  );

  it(
    'takes in what a stream brings inside its own output, without holding itself',
    marbles(({ expectObservable }) => {
      const feed = new Subject<number>();
      const mapped$ = of(0).pipe(
        map(() => merge(feed, of(0))),
        tap((n) => {
          if (n === 0) for (const next of [1, 2, 3]) feed.next(next);
        }),
        take(4),
      );

      expectObservable(mapped$).toBe('(abcd|)', { a: 0, b: 1, c: 2, d: 3 });
    }),
  );

  it('subscribes to a stream, and calls the function, with no valve current', () => {
    const seen: unknown[] = [];
    fromPull([1, 2])
      .pipe(
        map(() => {
          seen.push(currentValve());
          return new Observable((subscriber) => {
            seen.push(currentValve());
            subscriber.complete();
          });
        }),
      )
      .subscribe();

    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });
});
