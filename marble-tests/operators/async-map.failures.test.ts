import { finalize, merge, NEVER, Observable, of, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles } from '../marbles.js';
import { busyFor, failLater, later, pausable } from '../pressure.js';
import { bothMaps } from './both-maps.js';

describe.each(bothMaps)('%s, failing in order', (_name, map) => {
  it(
    'delivers the values before a failure first, however late they are',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc---|');
      const a = cold('      -------(x|)');
      const b = cold('       -#');
      const c = cold('        -----(z|)');
      const tasks: Record<string, unknown> = { a, b, c };
      const expected = '   --------(x#)';

      expectObservable(source.pipe(map((v) => tasks[v], { concurrency: 3 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(a.subscriptions).toBe('     -^------!');
    }),
  );

  it(
    'stops starting at once, and cancels what was started after it',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc-de|');
      const a = cold('      --------(x|)');
      const b = cold('       --#');
      const later$ = cold('   --------(z|)');
      const tasks: Record<string, unknown> = { a, b };
      const expected = '   ---------(x#)';

      expectObservable(source.pipe(map((v) => tasks[v] ?? later$, { concurrency: 4 }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^---!');
      expectSubscriptions(later$.subscriptions).toBe('---^!');
    }),
  );

  it(
    'drops what waits for its turn to start',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -(abcd)|');
      const task = cold('   -----#');
      const expected = '   ------#';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe('-^----!');
    }),
  );

  it(
    'drops what waits for its turn to start, while those before it go on',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -(abcd)|');
      const a = cold('      --------(x|)');
      const b = cold('      --#');
      const waiting = cold(' -(z|)');
      const tasks: Record<string, unknown> = { a, b };
      const expected = '   ---------(x#)';

      expectObservable(source.pipe(map((v) => tasks[v] ?? waiting, { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(waiting.subscriptions).toBe([]);
    }),
  );

  it(
    'waits for the values before a failure, though cancelling one call ends the streams of others',
    marbles(({ cold, expectObservable }) => {
      const source = cold('(abcde|)');
      const a = cold('     -----(x|)');
      const b = cold('     --#');
      const [c, d] = [new Subject<string>(), new Subject<string>()];
      const e = new Observable<string>(() => () => {
        c.complete();
        d.complete();
      });
      const tasks: Record<string, unknown> = { a, b, c, d, e };
      const expected = '   -----(x#)';

      expectObservable(source.pipe(map((v) => tasks[v], { concurrency: 5 }))).toBe(expected);
    }),
  );

  it(
    'gives way to an earlier value that fails later',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc---|');
      const a = cold('      --(w|)');
      const b = cold('       ------#', undefined, 'b failed');
      const c = cold('        -#', undefined, 'c failed');
      const tasks: Record<string, unknown> = { a, b, c };
      const expected = '   ---w----#';

      expectObservable(source.pipe(map((v) => tasks[v], { concurrency: 3 }))).toBe(expected, undefined, 'b failed');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    "comes before the source's error when it was earlier in the source",
    marbles(({ cold, expectObservable }) => {
      const source = cold('-ab#', undefined, 'source failed');
      const a = cold('      -----#', undefined, 'a failed');
      const expected = '   ------#';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : 'b'), { concurrency: 2 }))).toBe(
        expected,
        undefined,
        'a failed',
      );
    }),
  );

  it(
    'ignores an error of the source after the failure',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -ab-#', undefined, 'source failed');
      const a = cold('      -----(x|)');
      const b = cold('       -#', undefined, 'b failed');
      const expected = '   ------(x#)';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : b), { concurrency: 2 }))).toBe(
        expected,
        undefined,
        'b failed',
      );
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    "delivers everything that was started, then the source's error",
    marbles(({ cold, expectObservable }) => {
      const source = cold('-abc#');
      const takes: Record<string, number> = { a: 7, b: 1, c: 3 };
      const expected = '   --------(abc#)';

      expectObservable(source.pipe(map((v) => later(takes[v]!, v), { concurrency: 3 }))).toBe(expected);
    }),
  );

  it(
    'waits with the failure while its output is held',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-ab|');
      const b = cold('       -#');
      const expected = '   -a----#';

      expectObservable(
        source.pipe(
          map((v) => (v === 'a' ? v : b)),
          busyFor(5),
        ),
      ).toBe(expected);
      expectSubscriptions(b.subscriptions).toBe('   --^!');
    }),
  );

  it(
    'lets a source that it held go, for the others that share it',
    marbles(({ expectObservable }) => {
      const log = new Subject<string>();
      const source$ = pausable(1, ['a', 'b', 'c']).pipe(finalize(() => log.next('left')));
      const expected = '   ------#';

      expectObservable(log).toBe('------x', { x: 'left' });
      expectObservable(source$.pipe(map(() => failLater(5, 'error')))).toBe(expected);
    }),
  );

  it(
    'takes the earliest when cancelling a later call makes an earlier one fail',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -abcd|');
      const first = new Subject<string>();
      const cancelled: string[] = [];
      const results: Record<string, () => unknown> = {
        a: () => later(6, 'a'),
        b: () => merge(first, NEVER),
        c: () => failLater(2, 'c failed'),
        d: () =>
          new Observable(() => () => {
            cancelled.push('d');
            first.error('b failed');
          }),
      };
      const expected = '   -------(a#)';

      expectObservable(source.pipe(map((v) => results[v]?.(), { concurrency: 4 }))).toBe(
        expected,
        undefined,
        'b failed',
      );
    }),
  );

  it(
    'survives calls that fail one another while they are cancelled',
    marbles(({ hot, expectObservable, flush }) => {
      const source = hot(' -abcdef|');
      const subjects = Array.from({ length: 6 }, () => new Subject<string>());
      const cancelled: number[] = [];
      const domino = (n: number): unknown =>
        new Observable((subscriber) => {
          subscriber.add(subjects[n]?.subscribe(subscriber));
          subscriber.add(() => {
            cancelled.push(n);
            for (const subject of subjects) subject.error(`failed when ${String(n)} went`);
          });
        });
      const project = (v: string): unknown =>
        v === 'a' ? later(8, 'a') : v === 'b' ? failLater(6, 'b failed') : domino('abcdef'.indexOf(v));
      const expected = '   ---------(a#)';

      expectObservable(source.pipe(map(project, { concurrency: 6 }))).toBe(expected, undefined, 'b failed');
      flush();
      expect(cancelled.sort()).toEqual([2, 3, 4, 5]);
    }),
  );

  it(
    'takes the earlier failure when the later function, inside itself, makes an earlier call fail and throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-abc|');
      const a = cold('      ------(x|)');
      const second = new Subject<string>();
      const project = (v: string): unknown => {
        if (v === 'a') return a;
        if (v === 'b') return second;
        second.error('b failed');
        throw new Error('c failed');
      };
      const expected = '   -------(x#)';

      expectObservable(source.pipe(map(project, { concurrency: 3 }))).toBe(expected, undefined, 'b failed');
      expectSubscriptions(a.subscriptions).toBe('-^-----!');
    }),
  );

  it(
    'takes the earlier failure when select of a later result makes an earlier call fail and throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-abc|');
      const a = cold('      ------(x|)');
      const second = new Subject<string>();
      const results: Record<string, unknown> = { a, b: second, c: later(1, 'c') };
      const select = (result: string): string => {
        if (result !== 'c') return result;
        second.error('b failed');
        throw new Error('c failed');
      };
      const expected = '   -------(x#)';

      expectObservable(source.pipe(map((v) => results[v], { concurrency: 3, select }))).toBe(
        expected,
        undefined,
        'b failed',
      );
      expectSubscriptions(a.subscriptions).toBe('-^-----!');
    }),
  );
});

describe.each(bothMaps)('%s, failing with ordered: false', (_name, map) => {
  const ordered = false;

  it(
    'fails at once, and cancels everything',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abc---|');
      const a = cold('      -------(x|)');
      const b = cold('       ---#');
      const c = cold('        -(z|)');
      const tasks: Record<string, unknown> = { a, b, c };
      const expected = '   ----z#';

      expectObservable(source.pipe(map((v) => tasks[v], { concurrency: 3, ordered }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(a.subscriptions).toBe('     -^---!');
    }),
  );

  it(
    'delivers what had finished before the failure, when its output was held meanwhile',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot(' -abcd--|');
      const c = cold('        -#');
      const d = cold('         -----(x|)');
      const results: Record<string, unknown> = { a: 'a', b: 'b', c, d };
      const expected = '   -a-----b-----#';

      expectObservable(
        source.pipe(
          map((v) => results[v], { concurrency: 4, ordered }),
          busyFor(6),
        ),
      ).toBe(expected);
    }),
  );

  it(
    'discards failures after the first',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab--|');
      const expected = '   ---#';
      const project = (v: string): unknown => (v === 'a' ? failLater(3, 'a failed') : failLater(1, 'b failed'));

      expectObservable(source.pipe(map(project, { concurrency: 2, ordered }))).toBe(expected, undefined, 'b failed');
    }),
  );

  it(
    "keeps the source's error until what was started has ended",
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-ab#');
      const task = cold('   -----(x|)');
      const tasks = ['     -^----!', '  --^----!'];
      const expected = '   ------x(x#)';

      expectObservable(source.pipe(map(() => task, { concurrency: 2, ordered }))).toBe(expected);
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    "lets a failure that comes while the source's error waits take its place",
    marbles(({ cold, expectObservable }) => {
      const source = cold('-ab#', undefined, 'source failed');
      const a = cold('      ---#', undefined, 'a failed');
      const b = cold('       -----(x|)');
      const expected = '   ----#';

      expectObservable(source.pipe(map((v) => (v === 'a' ? a : b), { concurrency: 2, ordered }))).toBe(
        expected,
        undefined,
        'a failed',
      );
    }),
  );

  it(
    'survives calls that fail one another while they are cancelled',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -abc|');
      const subject = new Subject<string>();
      const going = new Observable(() => () => subject.error('b failed'));
      const results: Record<string, unknown> = { a: going, b: subject, c: failLater(2, 'c failed') };
      const expected = '   -----#';

      expectObservable(source.pipe(map((v) => results[v], { concurrency: 3, ordered }))).toBe(
        expected,
        undefined,
        'c failed',
      );
    }),
  );
});

describe.each(bothMaps)('%s, failing once and subscribed again', (_name, map) => {
  it(
    'starts afresh',
    marbles(({ cold, expectObservable }) => {
      let calls = 0;
      const source = cold('              -a|');
      const mapped$ = source.pipe(
        map(() => {
          if (calls++ === 0) throw new Error('bad');
          return of('x');
        }),
        tap({ error: () => undefined }),
      );

      expectObservable(mapped$).toBe('          -#', undefined, new Error('bad'));
      expectObservable(mapped$, '-----^').toBe('------x|');
    }),
  );
});

/** Throws when it is looked at, as strict mocks do, and what belongs to another origin. */
const strict = new Proxy(
  {},
  {
    get: () => {
      throw 'do not look';
    },
  },
);
const untouchable = {
  get next(): never {
    throw 'do not look';
  },
};
const deaf = {
  then: (): never => {
    throw 'do not look';
  },
};

describe.each(bothMaps)('%s over a result that cannot be looked at', (_name, map) => {
  it.each([
    ['an object', () => strict],
    ['an object of which only a part cannot', () => untouchable],
    ['a promise of one', () => later(1, untouchable)],
    ['a promise that cannot be asked', () => deaf],
  ])('fails that value: %s', (_result, make) => {
    marbles(({ flush }) => {
      for (const policy of [{}, { timeoutMs: 5 }]) {
        const seen: unknown[] = [];
        of(1)
          .pipe(map(make, policy))
          .subscribe({ error: (error: unknown) => seen.push(error) });
        flush();

        expect(seen).toEqual(['do not look']);
      }
    })();
  });
});
