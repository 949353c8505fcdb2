// A teardown that throws, such as a function given to `finalize`, is nobody's failure but its own: what is over ends, what goes on
// goes on, and the error is reported.
import { concat, concatMap, config, EMPTY, finalize, type Observable, type OperatorFunction, map, NEVER, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holding } from '../../src/backpressure/index.js';
import {
  asyncMap,
  backgroundMap,
  collect,
  expandFetch,
  flatten,
  fromPull,
  inline,
  onDemand,
  pace,
  prefetch,
  repeatFetch,
  timeoutAsSentinel,
  toAsyncIterable,
} from '../../src/index.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';
import { after } from '../probes.js';

let reported: unknown[] = [];

beforeEach(() => {
  reported = [];
  config.onUnhandledError = (error: { errors?: unknown[] }) => reported.push(...(error.errors ?? [error]));
});

afterEach(() => {
  config.onUnhandledError = null;
});

/** When what has been reported is known. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function throwsWhenLeft<T>(source: Observable<T>): Observable<T> {
  return source.pipe(
    finalize(() => {
      throw 'teardown';
    }),
  );
}

function seen(stream$: Observable<unknown>): unknown[] {
  const all: unknown[] = [];
  stream$.subscribe({
    next: (value) => all.push(value),
    error: (error: unknown) => all.push(error),
    complete: () => all.push('complete'),
  });
  return all;
}

const streams = (n: number): Observable<number> => throwsWhenLeft(after(2, n));

const operators: [string, OperatorFunction<number, unknown>, number?][] = [
  ['prefetch', prefetch(1)],
  ['asyncMap', asyncMap((n) => n)],
  ['asyncMap, in time', asyncMap((n) => n, { timeoutMs: 5 })],
  ['backgroundMap', backgroundMap(inline({ same: (n: number) => n }).tasks.same)],
  ['expandFetch', expandFetch((n) => of(n), () => undefined)],
  ['flatten', flatten((n) => [n])],
  ['collect', (source) => source.pipe(collect(1), map(([n]) => n))],
  ['pace', pace({ limit: 5, perMs: 1 })],
  ['onDemand', onDemand(throwsWhenLeft(of(5)))],
  ['timeoutAsSentinel', timeoutAsSentinel(20)],
];

describe.each(operators)('the source of %s', (_name, operator) => {
  it.each([
    ['complete', EMPTY],
    ['failed', throwError(() => 'failed')],
  ] as [string, Observable<never>][])('ends it: %s', (end, last) => {
    marbles(({ flush }) => {
      const all = seen(concat(after(1, 1), after(1, 2), after(1, 3).pipe(concatMap(() => last))).pipe(throwsWhenLeft, operator));
      flush();

      expect(all).toEqual([1, 2, end]);
    })();
    expect(reported).toContain('teardown');
  });
});

describe('a stream that its subscriber ends', () => {
  it.each(operators)('does not reach whoever brings its end: %s', (_name, operator) => {
    marbles(({ flush }) => {
      const all = seen(concat(after(1, 1), after(1, 2)).pipe(operator, throwsWhenLeft));
      flush();

      expect(all).toEqual([1, 2, 'complete']);
    })();
    expect(reported).toEqual(['teardown']);
  });
});

describe('a stream that a function gives', () => {
  it.each<[string, OperatorFunction<number, unknown>]>([
    ['asyncMap', asyncMap(streams)],
    ['asyncMap, two at once', asyncMap(streams, { concurrency: 2 })],
    ['asyncMap, in time', asyncMap(streams, { timeoutMs: 5 })],
    ['backgroundMap', backgroundMap(inline({ streams }, { capacity: 1 }).tasks.streams)],
    ['expandFetch', expandFetch(streams, () => undefined)],
    ['flatten', flatten(streams)],
    ['holding', concatMap((n) => holding(streams(n)))],
  ])('does not keep the next from beginning: %s', (_name, operator) => {
    marbles(({ flush }) => {
      const all = seen(fromPull([1, 2, 3]).pipe(operator));
      flush();

      expect(all).toEqual([1, 2, 3, 'complete']);
    })();
    expect(reported).toEqual(['teardown', 'teardown', 'teardown']);
  });

  const never = (_n: number): Observable<never> => throwsWhenLeft(NEVER);

  it.each<[string, OperatorFunction<number, unknown>]>([
    ['asyncMap', asyncMap(never, { timeoutMs: 5, timeoutValue: 'late' })],
    ['backgroundMap', backgroundMap(inline({ never }, { capacity: 1 }).tasks.never, { timeoutMs: 5, timeoutValue: 'late' })],
  ])('is late like any other: %s', (_name, operator) => {
    marbles(({ flush }) => {
      const all = seen(fromPull([1, 2]).pipe(operator));
      flush();

      expect(all).toEqual(['late', 'late', 'complete']);
    })();
    expect(reported).toEqual(['teardown', 'teardown']);
  });

  it.each<[string, OperatorFunction<number, unknown>, number]>([
    ['asyncMap', asyncMap(never, { concurrency: 3 }), 3],
    ['asyncMap, in time', asyncMap(never, { concurrency: 3, timeoutMs: 5 }), 3],
    ['backgroundMap', backgroundMap(inline({ never }, { capacity: 3 }).tasks.never), 3],
    ['expandFetch', expandFetch(never, () => undefined, { concurrency: 3 }), 3],
    ['flatten', flatten(never), 1],
    ['holding', concatMap(() => holding(never(1))), 1],
  ])('is left with all the others: %s', (_name, operator, count) => {
    marbles(({ flush }) => {
      fromPull([1, 2, 3]).pipe(operator).subscribe().unsubscribe();
      flush();
    })();
    expect(reported).toEqual(new Array(count).fill('teardown'));
  });
});

describe('an executor on this thread', () => {
  it('goes on with the calls that wait', marbles(({ flush }) => {
    const executor = inline({ work: (n: number) => later(2, n) }, { capacity: 1 });
    const all = [
      seen(executor.tasks.work(1).pipe(throwsWhenLeft)),
      seen(fromPull([2]).pipe(backgroundMap(executor.tasks.work), throwsWhenLeft)),
      seen(executor.tasks.work(3)),
    ];
    flush();

    expect(all).toEqual([[1, 'complete'], [2, 'complete'], [3, 'complete']]);
    expect(executor.free).toBe(1);
  }));
});

describe('toAsyncIterable', () => {
  it('is returned all the same, and who waits is told', async () => {
    const iterator = toAsyncIterable(throwsWhenLeft(NEVER))[Symbol.asyncIterator]();
    const waits = iterator.next();

    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await waits).toEqual({ done: true, value: undefined });
    await soon();
    expect(reported).toEqual(['teardown']);
  });
});

describe('a fetch that is left', () => {
  it('sees its signal', async () => {
    let signal: AbortSignal | undefined;
    repeatFetch((context) => {
      ({ signal } = context);
      return throwsWhenLeft(NEVER);
    })
      .subscribe()
      .unsubscribe();

    expect(signal?.aborted).toBe(true);
    await soon();
    expect(reported).toEqual(['teardown']);
  });
});
