// What the random pipelines have found, each at its smallest.
import {
  concat,
  ignoreElements,
  merge,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  share,
  Subject,
  take,
  takeUntil,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, backgroundMap, fromPull, inline, onDemand, prefetch, toAsyncIterable } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';
import { takenAtOnce } from './consumer.js';

/** Starts a shared source when all its branches have subscribed. */
const start$ = new Subject<number>();
function startLate(): MonoTypeOperatorFunction<number> {
  return (source) => concat(start$.pipe(take(1), ignoreElements()), source);
}

describe('onDemand', () => {
  it('does not hold wanted$ for the values of a source that is not pausable', () => {
    const { values, end } = takenAtOnce(of(1, 2, 3).pipe(onDemand(fromPull([1, 2, Infinity]))));

    expect(values).toStrictEqual([1, 2, 3]);
    expect(end).toBe('complete');
  });
});

describe('backgroundMap', () => {
  it('starts nothing when it is unsubscribed with calls that wait for a slot', () => {
    const started: number[] = [];
    const work = (n: number): typeof NEVER => {
      started.push(n);
      return NEVER;
    };
    const { tasks } = inline({ work }, { capacity: 1 });
    of(1, 2, 3)
      .pipe(backgroundMap(tasks.work, { concurrency: 3 }))
      .subscribe()
      .unsubscribe();

    expect(started).toStrictEqual([1]);
  });

  it(
    'starts nothing when it is left inside the delivery of a result, with calls that wait for a slot',
    marbles(({ flush }) => {
      const started: number[] = [];
      const work = (n: number): PromiseLike<number> => {
        started.push(n);
        return later(5, n);
      };
      const { tasks } = inline({ work }, { capacity: 1 });
      merge(...[1, 2, 3].map((n) => of(n).pipe(backgroundMap(tasks.work))))
        .pipe(take(1))
        .subscribe();
      flush();

      expect(started).toStrictEqual([1]);
    }),
  );
});

describe('backgroundMap in order, with fewer slots than calls at once, over results that stream', () => {
  /** Two values each, the second only when the first has been delivered. */
  const pair = (n: number): Iterator<number> => [n, n + 0.5][Symbol.iterator]();

  it(
    'keeps the slot of a value that is tried again',
    marbles(({ flush }) => {
      let failures = 1;
      const work = (n: number): Iterator<number> => {
        if (n === 0 && failures-- > 0) throw new Error('once');
        return pair(n);
      };
      const { tasks } = inline({ work }, { capacity: 1 });
      const { values } = takenAtOnce(
        fromPull([0, 1, 2]).pipe(backgroundMap(tasks.work, { concurrency: 3, retry: { count: 1, delay: 5 } })),
      );
      flush();

      expect(values).toStrictEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    }),
  );

  it(
    'keeps the slot for the next value of a key',
    marbles(({ flush }) => {
      const work = (n: number): Iterator<number> | PromiseLike<number> => (n === 0 ? later(5, n) : pair(n));
      const { tasks } = inline({ work }, { capacity: 2 });
      const { values } = takenAtOnce(
        fromPull([0, 1, 2, 3, 4]).pipe(
          backgroundMap(tasks.work, { concurrency: 5, maxPending: 5, key: (n) => Math.max(n, 1) }),
        ),
      );
      flush();

      expect(values).toStrictEqual([0, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
    }),
  );
});

describe('asyncMap', () => {
  it('starts what is fed back inside a delivery after what came before it', () => {
    const source = new Subject<string>();
    const settle = new Map<string, (result: string) => void>();
    const call = (name: string): PromiseLike<string> => ({
      then: (settled) => {
        settle.set(name, settled as (result: string) => void);
        return undefined as never;
      },
    });
    source.pipe(asyncMap(call, { concurrency: 2, maxPending: 2 })).subscribe((name) => {
      if (name === 'a') source.next('d');
    });
    for (const name of ['a', 'b', 'c']) source.next(name);
    settle.get('a')?.('a');
    settle.get('b')?.('b');

    expect([...settle.keys()]).toStrictEqual(['a', 'b', 'c', 'd']);
  });

  it('calls no one again for a stream that was left between a failure and its retry', () => {
    const { values$, stop$, calls } = leftWhileFailing();
    values$.subscribe(() => stop$.next());

    expect(calls).toStrictEqual([1]);
  });
});

/** Its first call brings a value and fails at once; the value arrives when the failure has been taken in. */
function leftWhileFailing(): { values$: Observable<number>; stop$: Subject<void>; calls: number[] } {
  const calls: number[] = [];
  const stop$ = new Subject<void>();
  const failing = (): Iterator<number> => {
    calls.push(calls.length + 1);
    let next = 0;
    return {
      next: () => {
        if (next++ > 0) throw new Error('no more');
        return { done: false, value: 1 };
      },
    };
  };
  const values$ = of(1).pipe(asyncMap(failing, { retry: 2, onError: 'skip' }), prefetch(1), takeUntil(stop$));
  return { values$, stop$, calls };
}

describe('inline', () => {
  it('does not start a call that is cancelled before it could be', () => {
    const log: string[] = [];
    const { tasks } = inline(
      {
        work: (n: number): unknown => {
          log.push(`call ${n}`);
          if (n === 1) throw new Error('no 1');
          return n === 0 ? first$ : n;
        },
      },
      { capacity: 1 },
    );
    const first$ = new Subject<number>();
    fromPull([0, 1, 2, 3])
      .pipe(backgroundMap(tasks.work, { concurrency: 4, maxPending: 3 }))
      .subscribe({ error: () => log.push('error') });
    first$.next(0);
    first$.complete();

    expect(log).toStrictEqual(['call 0', 'call 1', 'error']);
  });

  it('drops what waits when it is closed by force', () => {
    const started: number[] = [];
    const work = (n: number): typeof NEVER => {
      started.push(n);
      return NEVER;
    };
    const executor = inline({ work }, { capacity: 1 });
    for (const n of [1, 2, 3]) executor.tasks.work(n).subscribe({ error: () => undefined });
    void executor.close({ force: true });

    expect(started).toStrictEqual([1]);
  });

  it('starts any number of waiting calls that end at once without growing the stack', () => {
    const first$ = new Subject<number>();
    const { tasks } = inline({ work: (n: number): unknown => (n === 0 ? first$ : n) }, { capacity: 1 });
    let ended = 0;
    for (let n = 0; n < 20_000; n++) tasks.work(n).subscribe({ complete: () => ended++ });
    first$.complete();

    expect(ended).toBe(20_000);
  });
});

describe('a branch of a shared source that has taken its part', () => {
  it('lets its sibling go on, though a call of its asyncMap never ends', async () => {
    const shared = fromPull([1, 2, 3]).pipe(startLate(), share());
    shared
      .pipe(
        take(1),
        asyncMap(() => NEVER),
      )
      .subscribe();
    const sibling = takenAtOnce(shared);
    start$.next(0);
    await Promise.resolve();

    expect(sibling.values).toStrictEqual([1, 2, 3]);
  });

  it('leaves a source that its takeUntil has not left yet, and does not run through it', () => {
    const stop$ = new Subject<void>();
    let pulled = 0;
    const source = fromPull(function* () {
      while (pulled < 1000) yield pulled++;
    }).pipe(takeUntil(stop$));
    source.pipe(asyncMap(() => NEVER)).subscribe();
    source
      .pipe(
        prefetch(1),
        asyncMap(() => NEVER),
      )
      .subscribe();
    void toAsyncIterable(source)[Symbol.asyncIterator]().next();
    source.pipe(asyncMap(() => source, { ordered: false })).subscribe();
    const before = pulled;
    stop$.next();

    expect(pulled).toBe(before);
  });

  it('lets its sibling go on, though nobody asks its toAsyncIterable for more', async () => {
    const shared = fromPull([1, 2, 3]).pipe(startLate(), share());
    const first = toAsyncIterable(shared.pipe(take(1)))
      [Symbol.asyncIterator]()
      .next();
    const sibling = takenAtOnce(shared);
    start$.next(0);

    expect(await first).toStrictEqual({ done: false, value: 1 });
    expect(sibling.values).toStrictEqual([1, 2, 3]);
  });
});
