import { asyncScheduler, concat, defer, interval, map as rxMap, NEVER, Observable, of, repeat, retry, Subject, take, tap, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { trial } from '../../bench/auto/trial.mjs';
import { asyncMap, autoConcurrency, backgroundMap, fromPull, inline } from '../../src/index.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { marbles } from '../marbles.js';
import { failLater, heldUntil, later } from '../pressure.js';

const library = { asyncMap, fromPull };

/** Calls of 100 ms, noting how many run. */
function calls(ms = 100) {
  const seen = { running: 0, most: 0, begun: 0 };
  const call = (value: number): Observable<number> =>
    new Observable((subscriber) => {
      seen.begun++;
      seen.most = Math.max(seen.most, ++seen.running);
      subscriber.add(() => seen.running--);
      subscriber.add(
        timer(ms).subscribe(() => {
          subscriber.next(value);
          subscriber.complete();
        }),
      );
    });
  return { seen, call };
}

function* numbers(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

describe("concurrency: 'auto'", () => {
  it.each([1, 2, 3])('brings nearly what the best fixed setting does, and follows it, seed %d', (seed) => {
    const servers = (now: number): number => (now < 90_000 || now >= 180_000 ? 10 : 30);
    const plan = { servers, noise: 'uneven', beyond: 'slower' } as const;
    const marks = [45_000, 90_000, 135_000, 180_000, 225_000, 270_000];
    const brought = trial(library, plan, 'auto', seed, marks);
    const best = [10, 30].map((concurrency) => trial(library, plan, concurrency, 9, marks));

    expect(brought[1]! / best[0]![1]!).toBeGreaterThan(0.92);
    expect(brought[3]! / best[1]![3]!).toBeGreaterThan(0.92);
    expect(brought[5]! / best[0]![5]!).toBeGreaterThan(0.92);
  });

  it(
    'adds calls while that brings more, up to 256',
    marbles(({ flush }) => {
      const { seen, call } = calls();
      fromPull(numbers)
        .pipe(asyncMap(call, { concurrency: 'auto' }), take(20_000))
        .subscribe();
      flush();

      expect(seen.most).toBe(256);
    }),
  );

  it(
    'is made anew for each subscription',
    marbles(({ flush }) => {
      const begun: number[] = [];
      const { seen, call } = calls();
      const stream = fromPull(numbers).pipe(
        asyncMap((n) => {
          if (n === 0) begun.push(asyncScheduler.now());
          return call(n);
        }, { concurrency: 'auto' }),
        take(500),
      );
      concat(stream, stream).subscribe();
      flush();
      expect(begun).toEqual([0, begun[1]]);
      // The same again takes the same time.
      expect(asyncScheduler.now()).toBe(2 * begun[1]!);
      expect(seen.running).toBe(0);
    }),
  );

  it(
    'keeps pending what is its default at the time, or maxPending',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 4, max: 4 });
      const read: number[] = [];
      fromPull(numbers)
        .pipe(
          tap((n) => read.push(n)),
          asyncMap((n) => timer(n === 0 ? 1000 : 10).pipe(rxMap(() => n)), { concurrency: dial }),
          take(8),
        )
        .subscribe();
      timer(900).subscribe(() => {
        expect(read).toHaveLength(8);
      });
      flush();
    }),
  );

  it('starts with the capacity of an executor across a boundary, which is its ceiling', () => {
    const executor = Object.assign(new HandExecutor(3), { crossesBoundary: true });
    const dial = autoConcurrency({ max: 2 });
    const free = autoConcurrency();
    const source = new Subject<number>();
    const subscriptions = [dial, free, 'auto' as const].map((concurrency) =>
      source.pipe(backgroundMap((n: number) => n, { executor, concurrency })).subscribe(),
    );
    expect([dial.current, free.current]).toEqual([2, 3]);
    for (let n = 0; n < 5; n++) source.next(n);
    expect(executor.calls).toHaveLength(2 + 3 + 3);
    executor.resize(1);
    expect(free.current).toBe(1);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });
});

describe('autoConcurrency', () => {
  it(
    'can be read, and watched',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 2, max: 16 });
      const seen: number[] = [];
      dial.changes$.subscribe((n) => seen.push(n));
      const { call } = calls();
      fromPull(numbers).pipe(asyncMap(call, { concurrency: dial }), take(2000)).subscribe();
      expect(dial.current).toBe(2);
      flush();

      expect(seen.slice(0, 4)).toEqual([2, 4, 8, 16]);
      expect(dial.current).toBe(seen.at(-1));
    }),
  );

  it(
    'can be pinned and let go, at once',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 2 });
      const { seen, call } = calls();
      const subscription = fromPull(numbers).pipe(asyncMap(call, { concurrency: dial })).subscribe();
      timer(50).subscribe(() => {
        dial.pin(7);
        expect(seen.running).toBe(7);
        dial.pin(1);
      });
      timer(5000).subscribe(() => {
        expect([seen.running, dial.current]).toEqual([1, 1]);
        dial.unpin();
      });
      timer(20_000).subscribe(() => {
        expect(dial.current).toBeGreaterThan(30);
        subscription.unsubscribe();
      });
      flush();

      expect(seen.running).toBe(0);
    }),
  );

  it('lets nothing overtake what waits when it is raised', () => {
    const dial = autoConcurrency({ start: 1 });
    const source = new Subject<number>();
    const called: number[] = [];
    const call = (value: number): Observable<never> => {
      called.push(value);
      if (value === 2) source.next(4);
      return NEVER;
    };
    source.pipe(asyncMap(call, { concurrency: dial })).subscribe();
    for (const value of [1, 2, 3]) source.next(value);
    dial.pin(4);

    expect(called).toEqual([1, 2, 3, 4]);
  });

  it('stays where it is pinned, whatever its bounds, and is back between them when it is not', () => {
    const dial = autoConcurrency({ start: 4, min: 3, max: 8 });
    dial.pin(50);
    expect(dial.current).toBe(50);
    dial.unpin();
    expect(dial.current).toBe(8);
    dial.pin(1);
    expect(dial.current).toBe(1);
    dial.unpin();
    expect(dial.current).toBe(3);
  });

  it(
    'is for one subscription at a time, and says so',
    marbles(({ flush }) => {
      const dial = autoConcurrency();
      const { call } = calls();
      const errors: unknown[] = [];
      const first = fromPull(numbers).pipe(asyncMap(call, { concurrency: dial })).subscribe();
      const other = backgroundMap(inline({ call }).tasks.call, { concurrency: dial });
      fromPull([1]).pipe(other).subscribe({ error: (error: unknown) => errors.push(error) });
      first.unsubscribe();
      const seen: unknown[] = [];
      fromPull([1]).pipe(other).subscribe((n) => seen.push(n));
      flush();

      expect(errors).toEqual([expect.any(TypeError)]);
      expect(String(errors[0])).toMatch(/backgroundMap: concurrency .* in use by another subscription.*autoConcurrency\(\)/);
      expect(seen).toEqual([1]);
    }),
  );

  it('is free again when the end is told, and taken from then on by whoever subscribes', () => {
    const dial = autoConcurrency();
    const source = new Subject<number>();
    const use = asyncMap((n: number) => n, { concurrency: dial });
    const failuresOfUse = (): unknown[] => {
      const errors: unknown[] = [];
      source.pipe(use).subscribe({ error: (error: unknown) => errors.push(error) });
      return errors;
    };
    let again: unknown[] | undefined;
    of(1).pipe(use).subscribe({ complete: () => (again = failuresOfUse()) });

    expect(again).toEqual([]);
    expect(failuresOfUse()).toEqual([expect.any(TypeError)]);
  });

  it(
    'keeps what it has found for the next subscription, through retry and repeat, too',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 2 });
      const { call } = calls();
      let round = 0;
      const starts: number[] = [];
      const stream = defer(() => {
        starts.push(dial.current);
        return fromPull(numbers).pipe(take(1000));
      }).pipe(
        asyncMap((n) => (n === 999 && round++ === 0 ? throwError(() => 'bad') : call(n)), { concurrency: dial }),
        retry(1),
        repeat(2),
      );
      let count = 0;
      stream.subscribe(() => count++);
      flush();

      expect(count).toBe(999 + 2000);
      expect(starts).toHaveLength(3);
      expect(starts[0]).toBe(2);
      expect(Math.min(...starts.slice(1))).toBeGreaterThan(8);
    }),
  );

  it(
    'takes those that leave for no evidence',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 16 });
      const { call } = calls();
      const left = (n: number): void => {
        const subscription = fromPull(numbers).pipe(asyncMap(call, { concurrency: dial })).subscribe();
        timer(5).subscribe(() => {
          subscription.unsubscribe();
          if (n > 0) left(n - 1);
        });
      };
      left(20);
      flush();
      expect(dial.current).toBe(16);
    }),
  );

  it.each([{}, { retry: 1 }])('takes those that were left for none that run, with %o', (options) => {
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 4 });
      const { call } = calls();
      const left = fromPull(numbers)
        .pipe(asyncMap(call, { ...options, concurrency: dial }))
        .subscribe();
      timer(5).subscribe(() => {
        left.unsubscribe();
        // One at a time: no evidence.
        interval(200)
          .pipe(take(500), asyncMap(call, { ...options, concurrency: dial }))
          .subscribe();
      });
      flush();

      expect(dial.current).toBe(4);
    })();
  });

  it(
    'takes those that have failed for none that run',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 4 });
      const { call } = calls();
      fromPull([1])
        .pipe(
          asyncMap(() => throwError(() => 'failed'), { concurrency: dial }),
          retry(5),
        )
        .subscribe({
          // One at a time: no evidence.
          error: () => interval(200).pipe(take(500), asyncMap(call, { concurrency: dial })).subscribe(),
        });
      flush();

      expect(dial.current).toBe(4);
    }),
  );

  it(
    'counts late attempts and failed ones, whatever is done about them',
    marbles(({ flush }) => {
      const late = autoConcurrency({ start: 32 });
      const failing = autoConcurrency({ start: 32 });
      fromPull(numbers)
        .pipe(
          asyncMap((n) => timer(n < 200 ? 10 : 1000), { concurrency: late, timeoutMs: 20, timeoutValue: undefined }),
          take(600),
        )
        .subscribe();
      fromPull(numbers)
        .pipe(
          asyncMap((n) => (n < 200 ? timer(10) : failLater(10, 'bad')), {
            concurrency: failing,
            retry: 1,
            onError: 'settle',
          }),
          take(600),
        )
        .subscribe();
      flush();

      expect(late.current).toBeLessThan(8);
      expect(failing.current).toBeLessThan(8);
    }),
  );

  it.each<[what: string, call: (value: number) => unknown]>([
    ['a promise', (value) => later(100, value)],
    ['a stream', (value) => timer(100).pipe(rxMap(() => value))],
  ])('takes %s that is kept for no failure where attempts are counted', (_what, call) => {
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 4 });
      fromPull(numbers)
        .pipe(asyncMap(call, { concurrency: dial, timeoutMs: 1000 }), take(1000))
        .subscribe();
      flush();

      expect(dial.current).toBeGreaterThan(4);
    })();
  });

  it(
    'stays while the consumer is full',
    marbles(({ flush }) => {
      const dial = autoConcurrency({ start: 8 });
      const seen = new Set<number>();
      dial.changes$.subscribe((n) => seen.add(n));
      fromPull(numbers)
        .pipe(
          asyncMap((n) => timer(10).pipe(rxMap(() => n)), { concurrency: dial }),
          heldUntil(() => timer(50)),
          take(300),
        )
        .subscribe();
      flush();
      expect([...seen]).toEqual([8]);
    }),
  );

  it('refuses what makes no sense, by name', () => {
    expect(() => autoConcurrency({ start: 0 })).toThrow('autoConcurrency: start must be a whole number of at least 1');
    expect(() => autoConcurrency({ max: 1.5 })).toThrow('autoConcurrency: max must be');
    expect(() => autoConcurrency({ min: '2' as never })).toThrow(TypeError);
    expect(() => autoConcurrency({ least: 2 } as never)).toThrow("there is no option 'least'");
    expect(() => autoConcurrency(null as never)).toThrow('autoConcurrency: options must be an object');
    expect(() => autoConcurrency({ min: 3, max: 2 })).toThrow(/min \(3\) .*max/);
    expect(() => autoConcurrency({ start: 3, max: 2 })).toThrow(/start \(3\) .*between/);
    expect(() => {
      autoConcurrency().pin(0);
    }).toThrow('pin: concurrency must be a whole number of at least 1, but it is 0');
    expect(autoConcurrency({ min: 300 }).current).toBe(300);
    expect(autoConcurrency({ max: 2 }).current).toBe(2);
  });
});
