// Whole pipelines, as the projects before this one claim them, to the millisecond.
import { asyncScheduler, ignoreElements, map, of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, collect, expandFetch, fetchPages, flatten, fromPull, pace, prefetch, repeatFetch } from '../src/index.js';
import { marbles } from './marbles.js';
import { after, slowly } from './probes.js';

/** Fetches 1 … `count`, each for `ms`, and then nothing, at once. */
function items(count: number, ms: number): Observable<number> {
  return repeatFetch(({ index }) => (index < count ? after(ms, index + 1) : undefined));
}

describe('ten items, fetched for 1 s and processed for 1 s each', () => {
  it('take 20 s without reading ahead', marbles(({ expectObservable }) => {
    expectObservable(items(10, 1000).pipe(slowly(1000), ignoreElements())).toBe('20s |');
  }));

  it.each([1, 2, 5, 'auto'] as const)('take 11 s with prefetch(%s), in order', (count) => {
    marbles(({ expectObservable, flush }) => {
      const seen: number[] = [];
      const processed = items(10, 1000).pipe(
        prefetch(count),
        slowly(1000),
        map((item) => seen.push(item)),
        ignoreElements(),
      );
      expectObservable(processed).toBe('11s |');
      flush();
      expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    })();
  });

  it('take 11 s as pages of a chain, too, and from a closure', marbles(({ expectObservable }) => {
    const pages = fetchPages({ start: 1, fetch: (n) => after(1000, n), next: (_page, n) => (n < 10 ? n + 1 : undefined) });
    expectObservable(pages.pipe(prefetch(1), slowly(1000), ignoreElements())).toBe('11s |');
    const closure = of(10).pipe(expandFetch((count: number) => ({ index }) => (index < count ? after(1000, index) : undefined)));
    expectObservable(closure.pipe(prefetch(1), slowly(1000), ignoreElements())).toBe('11s |');
  }));

  it('take 6 s, processed, when two are fetched and two are processed at once', marbles(({ expectObservable }) => {
    const fetched = fromPull([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).pipe(asyncMap((n) => after(1000, n), { concurrency: 2, maxPending: 2 }));
    expectObservable(fetched.pipe(prefetch(2), asyncMap((n) => after(1000, n), { concurrency: 2 }), ignoreElements())).toBe('6s |');
  }));
});

describe('nested stages', () => {
  it('of 1 s each take n + stages − 1 seconds', marbles(({ expectObservable }) => {
    const three = items(10, 1000).pipe(prefetch(1), slowly(1000), prefetch(1), slowly(1000), prefetch(1), slowly(1000));
    expectObservable(three.pipe(ignoreElements())).toBe('13s |');
  }));

  it('go at the pace of the slowest, wherever that is', marbles(({ expectObservable }) => {
    const stages = (ms: readonly number[]): Observable<never> =>
      ms.reduce((source, each) => source.pipe(prefetch(1), slowly(each)), items(10, 10)).pipe(ignoreElements());
    expectObservable(stages([30, 10, 10])).toBe('330ms |');
    expectObservable(stages([10, 30, 10])).toBe('330ms |');
    expectObservable(stages([10, 10, 30])).toBe('330ms |');
  }));

  it('inside a stage are a pipeline of their own', marbles(({ expectObservable, flush }) => {
    const seen: number[] = [];
    const inner = (n: number): Observable<number> => items(2, 10).pipe(prefetch(1), slowly(10), map((m) => 10 * n + m));
    expectObservable(items(3, 10).pipe(prefetch(1), asyncMap(inner), map((n) => seen.push(n)), ignoreElements())).toBe('100ms |');
    flush();
    expect(seen).toEqual([11, 12, 21, 22, 31, 32]);
  }));
});

describe('a table, read in pages, worked on by row, written in bulk', () => {
  it('keeps every stage busy and what is under way bounded', marbles(({ expectObservable, flush }) => {
    const rows = (page: number): number[] => Array.from({ length: 10 }, (_, n) => 10 * page + n);
    let fetched = 0;
    let written = 0;
    let mostUnderWay = 0;
    const write = (batch: readonly number[]): Observable<number> =>
      after(20, batch.length).pipe(
        map((count) => {
          written += count;
          return count;
        }),
      );
    const job = fetchPages({
      start: 0,
      fetch: (page) => {
        fetched += 10;
        mostUnderWay = Math.max(mostUnderWay, fetched - written);
        return after(10, rows(page));
      },
      next: (_rows, page) => (page < 19 ? page + 1 : undefined),
    }).pipe(prefetch(2), flatten(), asyncMap((row) => after(4, row), { concurrency: 4 }), collect(10), prefetch(1), asyncMap(write));
    const ends: number[] = [];
    expectObservable(job.pipe(map(() => ends.push(asyncScheduler.now())), ignoreElements())).toBe('422ms |');
    flush();
    expect(written).toBe(200);
    expect(mostUnderWay).toBeLessThanOrEqual(80);
    // The slowest stage, writing, is never idle.
    expect(ends.slice(1).map((end, n) => end - ends[n]!)).toEqual(Array(19).fill(20));
  }));

  it('at a quota takes the time that the quota asks for', marbles(({ expectObservable }) => {
    const quoted = fromPull(Array.from({ length: 30 }, (_, n) => n)).pipe(pace({ limit: 10, perMs: 1000 }), asyncMap((n) => after(50, n), { concurrency: 5 }));
    // The end comes when a 31st could: until then the source is held.
    expectObservable(quoted.pipe(ignoreElements())).toBe('3s |');
  }));
});
