// Pressure crosses every operator that re-emits inside the same delivery.
import {
  bufferCount,
  catchError,
  concat,
  concatMap,
  connect,
  dematerialize,
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
  pipe,
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
import { all, consumers, Counted, watched } from './counted.js';

/** Each operator with the number of source values it needs for its first, and for each value. */
const crossed: Record<
  string,
  [operator: (source: Observable<number>) => Observable<unknown>, first: number, each: number]
> = {
  map: [map((n) => n), 1, 1],
  filter: [filter((n) => n % 2 === 1), 2, 2],
  tap: [tap(() => undefined), 1, 1],
  scan: [scan((sum, n) => sum + n, 0), 1, 1],
  take: [take(900), 1, 1],
  takeWhile: [takeWhile(() => true), 1, 1],
  pairwise: [pairwise(), 2, 1],
  distinct: [distinct((n) => Math.floor(n / 3)), 1, 3],
  distinctUntilChanged: [distinctUntilChanged((a, b) => Math.floor(a / 3) === Math.floor(b / 3)), 1, 3],
  catchError: [catchError(() => EMPTY), 1, 1],
  retry: [retry(2), 1, 1],
  'materialize and dematerialize': [pipe(materialize(), dematerialize()), 1, 1],
  bufferCount: [bufferCount(10), 10, 10],
  'groupBy and mergeAll': [
    pipe(
      groupBy((n) => n % 3),
      mergeAll(),
    ),
    1,
    1,
  ],
  share: [share(), 1, 1],
  connect: [
    connect((shared) => merge(shared.pipe(filter((n) => n % 2 === 0)), shared.pipe(filter((n) => n % 2 === 1)))),
    1,
    1,
  ],
  'concatMap to a synchronous inner': [concatMap((n) => of(n)), 1, 1],
  'mergeMap to a synchronous inner': [mergeMap((n) => of(n)), 1, 1],
  'switchMap to a synchronous inner': [switchMap((n) => of(n)), 1, 1],
  concat: [(source) => concat(source, source), 1, 1],
  repeat: [repeat(2), 1, 1],
  merge: [(source) => merge(source, EMPTY), 1, 1],
};

const cases = Object.entries(crossed).flatMap(([name, given]) =>
  Object.keys(consumers).map((consumer) => [name, consumer, ...given] as const),
);

/** A pausable source that takes `ms` for each of its values. */
function eachTaking(ms: number, letters: string): Observable<string> {
  return repeatFetch(({ index }) => after(ms, letters[index]));
}

describe('pressure crosses', () => {
  it.each(cases)('%s, before %s that never finishes', (_name, consumer, operator, first) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(operator, consumers[consumer]!(Infinity)));

    expect(source.pulled).toBe(first);
  });

  it.each(cases)(
    '%s, before %s that is slow: never more than it asks for',
    (_name, consumer, operator, first, each) => {
      const source = new Counted();
      let done = 0;
      const { emitted } = watched(
        101,
        () =>
          source.values$.pipe(
            operator,
            consumers[consumer]!(2),
            tap(() => done++),
          ),
        () => expect(source.pulled).toBeLessThanOrEqual(first + each * (done + 1)),
      );

      expect(emitted).toBe(50);
      expect(source.pulled).toBeGreaterThanOrEqual(first + each * (done - 2));
    },
  );

  it.each(cases)('%s, behind prefetch(2), before %s that never finishes', (_name, consumer, operator, first) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(prefetch(2), operator, consumers[consumer]!(Infinity)));

    expect(source.pulled).toBe(first + 2);
  });

  it.each(Object.entries(crossed))('%s, before prefetch(3): what it asks for, and three ahead', (_name, given) => {
    const [operator, first, each] = given;
    const source = new Counted();
    watched(100, () => source.values$.pipe(operator, prefetch(3), consumers['asyncMap']!(Infinity)));

    expect(source.pulled).toBe(first + 3 * each);
  });

  it('startWith, though its own value comes under no valve, before asyncMap', () => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(startWith(-1), consumers['asyncMap']!(Infinity)));

    expect(source.pulled).toBe(1);
  });

  it('all of them at once', () => {
    const source = new Counted();
    watched(100, () =>
      source.values$.pipe(
        map((n) => n),
        filter(() => true),
        share(),
        groupBy((n) => n % 2),
        mergeAll(),
        concatMap((n) => of(n)),
        materialize(),
        dematerialize(),
        retry(1),
        consumers['asyncMap']!(Infinity),
      ),
    );

    expect(source.pulled).toBe(1);
  });

  it('to the end, so that nothing is missing', () => {
    const source = new Counted();
    const { emitted, completed } = watched(all + 10, () =>
      source.values$.pipe(
        share(),
        concatMap((n) => of(n)),
        consumers['asyncMap']!(1),
      ),
    );

    expect({ emitted, completed }).toStrictEqual({ emitted: all, completed: true });
  });

  it('connect, where the slowest branch governs', () => {
    const source = new Counted();
    const fast: number[] = [];
    watched(100, () => {
      const shared = source.values$.pipe(
        connect((values$) => merge(values$.pipe(tap((n) => fast.push(n))), values$.pipe(consumers['asyncMap']!(10)))),
      );
      return shared;
    });

    expect(source.pulled).toBe(10);
    expect(fast).toHaveLength(10);
  });

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

  it('concat, repeat and retry, which begin nothing while they are held', () => {
    const source = new Counted(1);
    const slow = consumers['asyncMap']!(Infinity);
    watched(5, () => concat(source.values$, source.values$, source.values$).pipe(slow));
    watched(5, () => source.values$.pipe(repeat(), slow));
    const failing = new Counted();
    watched(5, () => failing.values$.pipe(tap((n) => expect(n).toBe(0)), retry(), slow));

    expect([source.pulled, failing.pulled]).toEqual([2, 1]);
  });

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
