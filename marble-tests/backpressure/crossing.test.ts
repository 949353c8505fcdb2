// Which operators of RxJS pressure crosses: those that emit inside the delivery they were called in.
import {
  bufferCount,
  catchError,
  concat,
  concatMap,
  connect,
  distinct,
  distinctUntilChanged,
  EMPTY,
  filter,
  from,
  groupBy,
  map,
  materialize,
  merge,
  mergeAll,
  mergeMap,
  type Observable,
  of,
  pairwise,
  repeat,
  retry,
  scan,
  share,
  startWith,
  switchMap,
  take,
  takeWhile,
  tap,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, fromPull, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, slowly } from '../probes.js';

function counting(calls: Calls<number>, to = Infinity): Observable<number> {
  return fromPull(function* () {
    for (let n = 1; n <= to; n++) {
      calls.note(n);
      yield n;
    }
  });
}

/** A pausable source that takes `ms` for each of its values. */
function eachTaking(ms: number, letters: string): Observable<string> {
  return repeatFetch(({ index }) => after(ms, letters[index]));
}

const crossed: Record<string, (source: Observable<number>) => Observable<unknown>> = {
  map: map((n) => n),
  filter: filter(() => true),
  tap: tap(() => {}),
  scan: scan((sum, n) => sum + n, 0),
  take: take(50),
  takeWhile: takeWhile(() => true),
  startWith: (source) => source.pipe(startWith(0)),
  distinct: distinct(),
  distinctUntilChanged: distinctUntilChanged(),
  catchError: catchError(() => EMPTY),
  retry: retry(1),
  materialize: materialize(),
  'groupBy and mergeAll': (source) => source.pipe(groupBy((n) => n % 3), mergeAll()),
  share: share(),
  connect: connect((shared$) => shared$),
  'concatMap to synchronous streams': concatMap((n) => of(n)),
  'mergeMap to synchronous streams': mergeMap((n) => of(n)),
  'switchMap to synchronous streams': switchMap((n) => of(n)),
  merge: (source) => merge(source, EMPTY),
  concat: (source) => concat(source, EMPTY),
};

describe('pressure crosses', () => {
  it.each(Object.entries(crossed))('%s', (_name, operator) => {
    marbles(({ expectObservable, flush }) => {
      const calls = new Calls<number>();
      expectObservable(counting(calls).pipe(operator, slowly(10)), '^----!');
      flush();
      expect(calls.count).toBe(1);
    })();
  });

  it.each(Object.entries(crossed))('%s, and prefetch(3) behind it is three ahead', (_name, operator) => {
    marbles(({ expectObservable, flush }) => {
      const calls = new Calls<number>();
      expectObservable(counting(calls).pipe(operator, prefetch(3), slowly(10)), '^----!');
      flush();
      expect(calls.count).toBeLessThanOrEqual(4);
      expect(calls.count).toBeGreaterThanOrEqual(3);
    })();
  });

  it('pairwise, after the value it needs first', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    expectObservable(counting(calls).pipe(pairwise(), slowly(10)), '^----!');
    flush();
    expect(calls.count).toBe(2);
  }));

  it('bufferCount, in whole buffers: read-ahead counts source values', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    expectObservable(counting(calls).pipe(prefetch(2), bufferCount(10), slowly(10)), '^----!');
    flush();
    expect(calls.count).toBe(12);
  }));

  it('share, where the slowest subscriber governs', marbles(({ expectObservable }) => {
    const shared = eachTaking(1, 'abcd').pipe(share());
    expectObservable(shared.pipe(slowly(1))).toBe('--a---b---c---d--|');
    expectObservable(shared.pipe(slowly(3))).toBe('----a---b---c---d|');
  }));

  it('share, where a branch that leaves lets its sibling go on', marbles(({ expectObservable }) => {
    const shared = eachTaking(1, 'abcd').pipe(share());
    expectObservable(shared.pipe(slowly(100)), '^----!').toBe('-----');
    expectObservable(shared.pipe(slowly(1))).toBe('           --a----b-c-d|');
  }));

  it('merge, which starves neither source', marbles(({ expectObservable }) => {
    const both = merge(fromPull('abc'), fromPull('xyz'));
    expectObservable(both.pipe(slowly(2))).toBe('--a-x-b-y-c-(z|)');
  }));

  it('concat, repeat and retry, which begin nothing while they are held', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    expectObservable(concat(counting(calls, 1), counting(calls, 1), counting(calls, 1)).pipe(slowly(10)), '^----!');
    const again = new Calls<number>();
    expectObservable(counting(again, 1).pipe(repeat(), slowly(10)), '^----!');
    const anew = new Calls<number>();
    const failing = counting(anew).pipe(tap((n) => expect(n).toBe(1)), retry());
    expectObservable(failing.pipe(slowly(10)), '^----!');
    flush();
    expect([calls.count, again.count, anew.count]).toEqual([1, 1, 1]);
  }));

  it('no asyncMap to its inner pipelines, which do not stop their host', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    const outer = fromPull(function* () {
      for (const letter of 'abc') {
        calls.note(letter);
        yield letter;
      }
    });
    const inner = (letter: string): Observable<string> => from([letter, letter.toUpperCase()]).pipe(prefetch(1), slowly(6));
    expectObservable(calls.made$).toBe('                                (ab)--------c-----------');
    expectObservable(outer.pipe(asyncMap(inner, { concurrency: 2 }))).toBe('------a-----(AbB)-c-----(C|)');
  }));
});
