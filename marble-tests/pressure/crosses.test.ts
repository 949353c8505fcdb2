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
  tap,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { prefetch } from '../../src/index.js';
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

  it('share: the slowest subscriber governs', () => {
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
});
