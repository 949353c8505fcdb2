import { NEVER, asyncScheduler, defer, map as rxMap, type Observable, of, Subject, take, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { marbles } from '../marbles.js';
import { failLater, heldUntil, later } from '../pressure.js';
import { bothMaps } from './both-maps.js';

/** The key of `a1` and of `a2` is `a`. */
const letter = (value: string): string => value.charAt(0);

/** Notes what happens and when, such as `a1@0`. */
function journal() {
  const lines: string[] = [];
  const note = (what: unknown): void => {
    lines.push(`${String(what)}@${String(asyncScheduler.now())}`);
  };
  /** A call that takes `ms`, its beginning noted. */
  const call = (ms: number) => (value: string) => {
    note(value);
    return timer(ms).pipe(rxMap(() => value));
  };
  return { lines, note, call };
}

describe.each(bothMaps)('%s with key', (_name, map) => {
  it(
    'runs the values of one key one after another, and different keys side by side',
    marbles(({ flush }) => {
      const { lines, call } = journal();
      fromPull(['a1', 'a2', 'b1', 'a3', 'b2']).pipe(map(call(3), { concurrency: 5, key: letter })).subscribe();
      flush();

      expect(lines).toEqual(['a1@0', 'b1@0', 'a2@3', 'b2@3', 'a3@6']);
    }),
  );

  it(
    "emits in the source's order, or as they come",
    marbles(({ cold, expectObservable }) => {
      const names = { w: 'a1', x: 'a2', y: 'b1', z: 'c1' };
      const source = cold('  (wxyz|)', names);
      const inOrder = '      ----------w---------(xyz|)';
      const asTheyCome = '   ----------(wyz)-----(x|)';
      const call = (v: string): unknown => later(10, v);

      expectObservable(source.pipe(map(call, { concurrency: 4, key: letter }))).toBe(inOrder, names);
      expectObservable(source.pipe(map(call, { concurrency: 4, key: letter, ordered: false }))).toBe(asTheyCome, names);
    }),
  );

  it(
    'gives no slot to what waits for its key',
    marbles(({ flush }) => {
      const { lines, call } = journal();
      const options = { concurrency: 2, maxPending: 10, key: letter };
      fromPull(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']).pipe(map(call(4), options)).subscribe();
      flush();

      expect(lines).toEqual(['a1@0', 'b1@0', 'a2@4', 'b2@4', 'a3@8', 'c1@8']);
    }),
  );

  it(
    'holds the source when those that wait fill what may be pending, and goes on',
    marbles(({ flush }) => {
      const { lines, note, call } = journal();
      const read = (v: string): void => {
        note(`read ${v}`);
      };
      fromPull(['a1', 'a2', 'a3', 'b1'])
        .pipe(tap(read), map(call(5), { concurrency: 2, maxPending: 2, key: letter }))
        .subscribe();
      flush();

      expect(lines).toEqual([
        'read a1@0',
        'a1@0',
        'read a2@0',
        'a2@5',
        'read a3@5',
        'a3@10',
        'read b1@10',
        'b1@10',
      ]);
    }),
  );

  it.each([true, false])(
    'has room behind a hot key without being asked, ordered: %s',
    (ordered) => {
      marbles(({ flush }) => {
        const { lines, call } = journal();
        fromPull(['a1', 'a2', 'b1']).pipe(map(call(4), { concurrency: 2, ordered, key: letter })).subscribe();
        flush();

        expect(lines).toEqual(['a1@0', 'b1@0', 'a2@4']);
      })();
    },
  );

  it(
    'is one at a time where all keys are the same, and makes no difference where none is',
    marbles(({ cold, expectObservable }) => {
      const source = cold('  -abc---d|');
      const same = '         ----a--b--c--(d|)';
      const different = '    ----ab-c--(d|)';
      const call = (v: string): unknown => later(3, v);

      expectObservable(source.pipe(map(call, { concurrency: 2, key: () => Number.NaN }))).toBe(same);
      expectObservable(source.pipe(map(call, { concurrency: 2, key: (v) => v }))).toBe(different);
      expectObservable(source.pipe(map(call, { concurrency: 2 }))).toBe(different);
    }),
  );

  it(
    'begins the next of a key when the stream of the one before has ended, delivered or not',
    marbles(({ flush }) => {
      const { lines, note } = journal();
      const streams = (value: string): Observable<string> =>
        defer(() => {
          note(`+${value}`);
          return timer(0, 2).pipe(rxMap((n) => `${value}.${String(n)}`));
        }).pipe(take(3), tap({ complete: () => note(`-${value}`) }));
      const slow = later(20, 'slow');
      fromPull(['x', 'a1', 'a2'])
        .pipe(map((v) => (v === 'x' ? slow : streams(v)), { concurrency: 3, key: letter }))
        .subscribe();
      flush();

      expect(lines).toEqual(['+a1@0', '-a1@4', '+a2@4', '-a2@8']);
    }),
  );

  it(
    'keeps the key through retries, and gives it up with the last failure',
    marbles(({ cold, flush }) => {
      const { lines, note } = journal();
      const call = (v: string): PromiseLike<unknown> => {
        note(v);
        return v === 'a1' ? failLater(3, 'bad') : later(3, v);
      };
      const options = { concurrency: 3, key: letter, retry: { count: 2, delay: 2 }, onError: 'skip' as const };
      const out: unknown[] = [];
      cold('(xyz|)', { x: 'a1', y: 'a2', z: 'b1' })
        .pipe(map(call, options))
        .subscribe((v) => out.push(v));
      flush();

      expect(lines).toEqual(['a1@0', 'b1@0', 'a1@5', 'a1@10', 'a2@13']);
      expect(out).toEqual(['a2', 'b1']);
    }),
  );

  it(
    'begins the next of a key when the one before is late',
    marbles(({ flush }) => {
      const { lines, call } = journal();
      const options = { concurrency: 2, key: letter, timeoutMs: 4, timeoutValue: undefined };
      const out: unknown[] = [];
      fromPull(['a1', 'a2'])
        .pipe(map((v) => call(v === 'a1' ? 100 : 2)(v), options))
        .subscribe((v) => out.push(v));
      flush();

      expect(lines).toEqual(['a1@0', 'a2@4']);
      expect(out).toEqual([undefined, 'a2']);
    }),
  );

  describe('and an error', () => {
    it(
      'begins no value of its key that waits, and none behind it',
      marbles(({ flush }) => {
        const { lines, note, call } = journal();
        const run = (v: string): unknown => {
          if (v !== 'a1') return call(9)(v);
          note(v);
          return failLater(3, 'bad');
        };
        fromPull(['a1', 'a2', 'b1', 'b2'])
          .pipe(map(run, { concurrency: 4, maxPending: 9, key: letter }))
          .subscribe({
            next: note,
            error: (error: unknown) => note(String(error)),
          });
        flush();

        expect(lines).toEqual(['a1@0', 'b1@0', 'bad@3']);
      }),
    );

    it(
      'lets those that wait before it run, when ordered, in the slots of those that they wait for',
      marbles(({ flush }) => {
        const { lines, note, call } = journal();
        const run = (v: string): unknown => (v === 'x' ? failLater(2, 'bad') : call(5)(v));
        fromPull(['a1', 'a2', 'a3', 'x', 'b1', 'a4'])
          .pipe(map(run, { concurrency: 3, maxPending: 9, key: letter }))
          .subscribe({ next: (v) => note(`got ${String(v)}`), error: (error: unknown) => note(String(error)) });
        flush();

        expect(lines).toEqual([
          'a1@0',
          'b1@0',
          'got a1@5',
          'a2@5',
          'got a2@10',
          'a3@10',
          'got a3@15',
          'bad@15',
        ]);
      }),
    );

    it(
      'waits, when it is that of the source, for what waits for its key',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  (ab#)');
        const expected = '     ---a--(b#)';

        const options = { concurrency: 2, ordered: false, key: () => 1 };
        expectObservable(source.pipe(map((v) => later(3, v), options))).toBe(expected);
      }),
    );
  });

  it(
    'begins nothing more when it is left, from wherever',
    marbles(({ flush }) => {
      const { lines, call } = journal();
      const left = fromPull(['a1', 'a2', 'b1'])
        .pipe(map(call(5), { concurrency: 2, key: letter }))
        .subscribe();
      timer(3).subscribe(() => {
        left.unsubscribe();
      });
      const source = new Subject<string>();
      const leftInKey = source
        .pipe(
          map(call(5), {
            concurrency: 2,
            key: () => {
              leftInKey.unsubscribe();
            },
          }),
        )
        .subscribe();
      source.next('x1');
      flush();

      expect(lines).toEqual(['a1@0', 'b1@0']);
    }),
  );

  it(
    'begins nothing in the slot that a cancelled call gives back',
    marbles(({ flush }) => {
      const { lines, call } = journal();
      // a2 waits in the executor behind b1, which came after it and has the only slot that is not somebody else's.
      const here = inline({ call: (v: string) => call(5)(v), hang: () => NEVER }, { capacity: 2 });
      here.tasks.hang().subscribe();
      const options = { concurrency: 2, maxPending: 3, ordered: false, key: letter };
      const subscription = fromPull(['a1', 'a2', 'b1']).pipe(backgroundMap(here.tasks.call, options)).subscribe();
      timer(7).subscribe(() => {
        subscription.unsubscribe();
      });
      flush();

      expect(lines).toEqual(['a1@0', 'b1@5']);
    }),
  );

  describe('a throw in it is the failure of the value', () => {
    const key = (v: string): string => {
      if (v === 'x') throw 'no key';
      return letter(v);
    };
    const options = { concurrency: 2, key };

    it(
      'which fails the stream behind the values before it',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  (axb|)');
        const expected = '     ---(a#)';

        const call = (v: string): unknown => later(3, v);
        expectObservable(source.pipe(map(call, options))).toBe(expected, undefined, 'no key');
      }),
    );

    it(
      'which onError handles, and nothing tries again',
      marbles(({ cold, flush }) => {
        const { lines, call } = journal();
        const tried = { ...options, retry: { count: 5, delay: 10 } };
        const got: unknown[] = [];
        const collect = (onError: 'skip' | 'settle' | (() => Observable<string>)): void => {
          const seen: unknown[] = [];
          got.push(seen);
          cold('(axb|)')
            .pipe(map(call(1), { ...tried, onError }))
            .subscribe((v) => seen.push(v));
        };
        collect('skip');
        collect(() => of('instead'));
        collect('settle');
        flush();

        expect(got).toEqual([
          ['a', 'b'],
          ['a', 'instead', 'b'],
          [
            { status: 'fulfilled', value: 'a', input: 'a' },
            { status: 'rejected', reason: 'no key', input: 'x' },
            { status: 'fulfilled', value: 'b', input: 'b' },
          ],
        ]);
        expect(lines).toEqual(['a@0', 'b@0', 'a@0', 'b@0', 'a@0', 'b@0']);
      }),
    );

    it(
      'even of undefined, and holds no key for others',
      marbles(({ cold, flush }) => {
        const got: unknown[] = [];
        cold('(xabx|)')
          .pipe(
            map((v) => of(v), {
              key: (v) => {
                if (v === 'x') throw undefined;
                return undefined;
              },
              onError: 'settle',
            }),
          )
          .subscribe((v) => got.push(v));
        flush();

        expect(got).toEqual([
          { status: 'rejected', reason: undefined, input: 'x' },
          { status: 'fulfilled', value: 'a', input: 'a' },
          { status: 'fulfilled', value: 'b', input: 'b' },
          { status: 'rejected', reason: undefined, input: 'x' },
        ]);
      }),
    );
  });

  it('keeps the order of a key when a value comes while another makes its key', () => {
    const source = new Subject<string>();
    const called: string[] = [];
    const call = (value: string): unknown => {
      called.push(value);
      return of(value);
    };
    const key = (value: string): number => {
      if (value === 'first') source.next('second');
      return 1;
    };
    const seen: unknown[] = [];
    source.pipe(map(call, { concurrency: 3, key })).subscribe((value) => seen.push(value));
    source.next('first');

    expect(called).toEqual(['first', 'second']);
    expect(seen).toEqual(['first', 'second']);
  });

  it('begins all that there is room for when several end at once inside a delivery', () => {
    const [a, b] = [new Subject<string>(), new Subject<string>()];
    const called: string[] = [];
    const call = (value: string): Observable<unknown> => {
      called.push(value);
      return value === 'a' ? a : value === 'b' ? b : NEVER;
    };
    of('a', 'b', 'c', 'd')
      .pipe(map(call, { concurrency: 2, key: (value) => value }))
      .subscribe(() => {
        a.complete();
        b.complete();
      });
    a.next('x');

    expect(called).toEqual(['a', 'b', 'c', 'd']);
  });

  it('runs a hundred thousand values of one key on the stack it has', () => {
    let last: unknown;
    fromPull(Array.from({ length: 100_000 }, (_, i) => i))
      .pipe(map((n) => n, { concurrency: 4, maxPending: Infinity, key: () => 1 }))
      .subscribe((n) => (last = n));
    expect(last).toBe(99_999);

    const together = new Subject<number>();
    const first = new Subject<number>();
    together.pipe(map((n) => (n === 0 ? first : of(n)), { concurrency: 2, maxPending: Infinity, key: () => 1 })).subscribe((n) => (last = n));
    for (let n = 0; n < 100_000; n++) together.next(n);
    last = undefined;
    first.complete();
    expect(last).toBe(99_999);
  });

  it(
    'goes on behind a consumer that holds',
    marbles(({ flush }) => {
      const { lines, note, call } = journal();
      fromPull(['a1', 'a2', 'a3', 'b1'])
        .pipe(
          map(call(1), { concurrency: 2, maxPending: 2, key: letter }),
          heldUntil(() => timer(10)),
        )
        .subscribe((v) => note(`got ${String(v)}`));
      flush();

      expect(lines.filter((line) => line.startsWith('got'))).toEqual(['got a1@1', 'got a2@11', 'got a3@21', 'got b1@31']);
    }),
  );

  it(
    'waits for no key that failed by itself: the error of an Observable',
    marbles(({ cold, expectObservable }) => {
      const source = cold('  (ab|)');
      const expected = '     ---(b|)';
      const call = (v: string): unknown => (v === 'a' ? throwError(() => 'bad') : later(3, v));

      expectObservable(source.pipe(map(call, { key: () => 1, onError: 'skip' }))).toBe(expected);
    }),
  );
});
