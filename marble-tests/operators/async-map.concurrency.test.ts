import { merge, of, share, Subject, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles } from '../marbles.js';
import { busyFor, heldUntil, later, pausable } from '../pressure.js';
import { bothMaps } from './both-maps.js';

describe.each(bothMaps)('%s, several at once', (_name, map) => {
  it(
    'starts at most two; the third waits',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a-b-c---|');
      const task = cold('   -----(x|)');
      const tasks = ['     -^----!', '     ---^----!', '     ------^----!'];
      const expected = '   ------x-x--(x|)';

      expectObservable(source.pipe(map(() => task, { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--------!');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'starts everything at once with Infinity',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -(abcd)|');
      const task = cold('   --------(x|)');
      const tasks = ['     -^-------!', '     -^-------!', '     -^-------!', '     -^-------!'];
      const expected = '   ---------(xxxx|)';

      expectObservable(source.pipe(map(() => task, { concurrency: Infinity }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    "emits in the source's order: a quick call waits for a slow one before it",
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab---|');
      const takes: Record<string, number> = { a: 6, b: 1 };
      const expected = '   -------(ab|)';

      expectObservable(source.pipe(map((v) => later(takes[v]!, v), { concurrency: 2 }))).toBe(expected);
    }),
  );

  it(
    'emits in the order of completion with ordered: false',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab---|');
      const takes: Record<string, number> = { a: 6, b: 1 };
      const expected = '   ---b---(a|)';

      expectObservable(source.pipe(map((v) => later(takes[v]!, v), { concurrency: 2, ordered: false }))).toBe(expected);
    }),
  );

  it(
    'goes on behind a slow head: twice as many pending as run',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abcde|');
      const slow = cold('   ----------(x|)');
      const quick = cold('    --(y|)');
      const last = cold('              -------(z|)');
      const quicks = ['    --^-!', '     ----^-!', '     ------^-!'];
      const expected = '   -----------(xyyy)-(z|)';
      const project = (v: string): unknown => (v === 'a' ? slow : v === 'e' ? last : quick);

      expectObservable(source.pipe(map(project, { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(quick.subscriptions).toBe(quicks);
      expectSubscriptions(last.subscriptions).toBe('           -----------^------!');
    }),
  );

  it(
    'has no such room with ordered: false, which needs none',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abcd|');
      const slow = cold('   -----------(x|)');
      const quick = cold('    --(y|)');
      const quicks = ['    --^-!', '     ----^-!', '     ------^-!'];
      const expected = '   ----y-y-y---(x|)';

      expectObservable(source.pipe(map((v) => (v === 'a' ? slow : quick), { concurrency: 2, ordered: false }))).toBe(
        expected,
      );
      expectSubscriptions(quick.subscriptions).toBe(quicks);
    }),
  );

  it.each([1, 2, 3])('keeps at most maxPending: %d pending behind a slow head', (maxPending) => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abcd---------|');
      const slow = cold('   ----------(x|)');
      const quick = cold('    ----------(y|)');
      const quicks = {
        1: [
          '              -----------^---------!',
          ' ---------------------^---------!',
          ' -------------------------------^---------!',
        ],
        2: ['              --^---------!', '          -----------^---------!', '           ------------^---------!'],
        3: ['              --^---------!', '          ---^---------!', '                   -----------^---------!'],
      }[maxPending]!;

      expectObservable(
        source.pipe(map((v) => (v === 'a' ? slow : quick), { concurrency: 4, maxPending })),
        `${'-'.repeat(60)}!`,
      ).toBe(
        {
          1: '            -----------x---------y---------y---------(y|)',
          2: '            -----------xy--------y(y|)',
          3: '            -----------xyy-------(y|)',
        }[maxPending]!,
      );
      expectSubscriptions(quick.subscriptions).toBe(quicks);
    })();
  });

  it(
    'runs no more than maxPending, however many may run at once',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -(abc)|');
      const task = cold('   --(x|)');
      const tasks = ['     -^-!', '     ---^-!', '     -----^-!'];
      const expected = '   ---x-x-(x|)';

      expectObservable(source.pipe(map(() => task, { concurrency: 3, maxPending: 1 }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'starts a value that is fed inside an output as soon as the call before it is over',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const feed = new Subject<string>();
      const source = hot(' -a|');
      const task = cold('   -----(x|)');
      const tasks = ['     -^----!', '     ------^----!', '     -----------^----!'];
      const expected = '   ------x----x----(x|)';
      let more = 2;
      const mapped$ = merge(source, feed.pipe(take(2))).pipe(
        map(() => task, { maxPending: 1 }),
        tap(() => {
          if (more-- > 0) feed.next('b');
        }),
      );

      expectObservable(mapped$).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );
});

describe.each(bothMaps)('%s, and a source that can be held', (_name, map) => {
  it(
    'reads nothing ahead: the source is held while there is no room',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('     ---(x|)');
      //                    2 to bring each value, 3 for its call
      const tasks = ['      --^--!', '      -------^--!', '      ------------^--!'];
      const expected = '    -----x----x----(x|)';

      expectObservable(pausable(2, ['a', 'b', 'c']).pipe(map(() => task))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'brings the next value while calls run and there is room for another',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('     -----(x|)');
      const tasks = ['      --^----!', '      ----^----!', '      ---------^----!'];
      const expected = '    -------x-x----(x|)';

      expectObservable(pausable(2, ['a', 'b', 'c']).pipe(map(() => task, { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it.each([
    { concurrency: 1, ordered: true, bound: 1 },
    { concurrency: 1, ordered: false, bound: 1 },
    { concurrency: 3, ordered: true, bound: 6 },
    { concurrency: 3, ordered: false, bound: 3 },
    { concurrency: 3, ordered: true, maxPending: 4, bound: 4 },
    { concurrency: 3, ordered: false, maxPending: 5, bound: 5 },
    { concurrency: Infinity, ordered: true, maxPending: 7, bound: 7 },
    { concurrency: Infinity, ordered: false, bound: 40 },
  ])(
    'keeps at most $bound between its entrance and its exit, and fills that: $concurrency at once, ordered $ordered',
    ({ bound, ...options }) => {
      marbles(({ flush }) => {
        let inside = 0;
        let most = 0;
        const values = Array.from({ length: 40 }, (_, n) => n);
        const mapped$ = pausable(0, values).pipe(
          tap(() => (most = Math.max(most, ++inside))),
          map((n: number) => later(n % 8 === 0 ? 400 : 100, n), options),
          tap(() => inside--),
          busyFor(3),
        );
        const seen: unknown[] = [];
        mapped$.subscribe((n) => seen.push(n));
        flush();

        expect(most).toBe(bound);
        expect(options.ordered ? seen : seen.sort((a, b) => (a as number) - (b as number))).toEqual(values);
      })();
    },
  );

  it(
    'starts calls up to maxPending while its output is held, and none beyond',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('    -(x|)');
      // The first is with the consumer; three are pending behind it. A value more comes in when the next is taken.
      const tasks = ['     -^!', '      --^!', '       ---^!', '       ----^!', '       -----------^!'];
      const taken = cold('   --------r');
      const expected = '   --x-------x---------';
      const mapped$ = pausable(1, ['a', 'b', 'c', 'd', 'e', 'f']).pipe(
        map(() => task, { concurrency: 2, maxPending: 3 }),
        heldUntil(() => taken),
      );

      expectObservable(mapped$, '------------!').toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'lets all the sources go on that it held',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('    -----(x|)');
      const tasks = [
        '     --^----!',
        '     -------^----!',
        '     --------------^----!',
        '     -------------------^----!',
      ];
      const expected = '   -------x----x------x----(x|)';
      const merged$ = merge(pausable(2, ['a', 'b']), pausable(2, ['c', 'd']));

      expectObservable(merged$.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'lets a sibling of a shared source go on when it is unsubscribed',
    marbles(({ cold, expectObservable }) => {
      const task = cold('             -');
      const shared$ = pausable(1, ['a', 'b', 'c']).pipe(share());
      const unsubscribe = '         -----!';

      expectObservable(shared$.pipe(map(() => task)), unsubscribe).toBe('------');
      expectObservable(shared$).toBe('                         -a----b(c|)');
    }),
  );

  it(
    'never holds itself: a consumer that feeds it inside an output does not stop it',
    marbles(({ expectObservable }) => {
      const feed = new Subject<number>();
      const mapped$ = merge(feed, of(0)).pipe(
        map((n: number) => n, { maxPending: 1 }),
        tap((n) => {
          if (n === 0) for (const next of [1, 2, 3]) feed.next(next);
        }),
        take(4),
      );

      expectObservable(mapped$).toBe('(abcd|)', { a: 0, b: 1, c: 2, d: 3 });
    }),
  );
});
