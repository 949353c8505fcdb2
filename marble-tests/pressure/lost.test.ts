// Pressure is lost where an operator stores values and emits later, and each has its cure.
import {
  asapScheduler,
  asyncScheduler,
  auditTime,
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  delayWhen,
  from,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  observeOn,
  of,
  repeat,
  sampleTime,
  startWith,
  take,
  timer,
  toArray,
  windowTime,
  withLatestFrom,
  zip,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holding } from '../../src/backpressure/index.js';
import { asyncMap, collect, flatten, fromPull, onDemand, pace, prefetch, timeoutAsSentinel } from '../../src/index.js';
import { later } from '../pressure.js';
import { all, Counted, watched } from './counted.js';

const never = asyncMap(() => NEVER);

beforeEach(() => {
  // What a prefetch says when nothing ever holds it.
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

type Stage = (source: Observable<number>) => Observable<unknown>;

const lost: Record<string, Stage> = {
  'mergeMap to promises': mergeMap((n) => later(3, n), 4),
  'concatMap to promises': concatMap((n) => later(3, n)),
  delay: delay(3),
  delayWhen: delayWhen(() => timer(3)),
  'observeOn(asyncScheduler)': observeOn(asyncScheduler),
  'observeOn(asapScheduler)': observeOn(asapScheduler),
  debounceTime: debounceTime(3),
  auditTime: auditTime(3),
  sampleTime: sampleTime(3),
  bufferTime: bufferTime(3),
  windowTime: (source) =>
    source.pipe(
      windowTime(3),
      mergeMap((rows$) => rows$.pipe(toArray())),
    ),
  'zip, its faster side': (source) => zip(source, interval(3)),
  'withLatestFrom, its other side': (source) => interval(3).pipe(withLatestFrom(source)),
  'concatMap to pausable inners': concatMap((n) => fromPull([n, n])),
  'mergeMap to pausable inners': mergeMap((n) => fromPull([n, n])),
  'take(1), repeat(n)': (source) => source.pipe(take(1), repeat(all)),
  'concatMap with holding, behind a value that comes under no valve': (source) =>
    source.pipe(
      startWith(-1),
      concatMap(() => holding(NEVER)),
    ),
};

describe('pressure is lost, and everything is pulled, by', () => {
  it.each(Object.entries(lost))('%s', (_name, stage) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(stage, never));

    expect(source.pulled).toBe(all);
  });

  it.each(Object.entries(lost))('%s, with a prefetch before it as well', (_name, stage) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(prefetch(2), stage, never));

    expect(source.pulled).toBeGreaterThanOrEqual(all);
  });
});

const cures: Record<string, [cure: Stage, pulled: number]> = {
  'asyncMap in place of mergeMap': [asyncMap((n: number) => later(3, n), { concurrency: 4 }), 9],
  'asyncMap in place of concatMap': [asyncMap((n: number) => later(3, n)), 2],
  'asyncMap in place of delay': [asyncMap((n: number) => timer(3).pipe(map(() => n))), 2],
  'pace in place of a zip with interval': [pace({ limit: 1, perMs: 3 }), 1],
  'collect in place of bufferTime': [collect(10, { maxWaitMs: 3 }), 10],
  'flatten in place of concatMap to pages': [flatten((n: number) => [n, n]), 1],
  'asyncMap in place of mergeMap to pausable inners': [
    asyncMap((n: number) => fromPull([n, n]), { concurrency: 2 }),
    2,
  ],
  timeoutAsSentinel: [timeoutAsSentinel(10), 1],
  onDemand: [onDemand(merge(of(1), NEVER)), 1],
  'prefetch(1) behind startWith': [
    (source) =>
      source.pipe(
        startWith(-1),
        prefetch(1),
        concatMap(() => holding(NEVER)),
      ),
    1,
  ],
};

describe('pressure is kept by', () => {
  it.each(Object.entries(cures))('%s', (_name, [cure, pulled]) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(cure, never));

    expect(source.pulled).toBe(pulled);
  });

  it.each(Object.entries(cures))('%s, with prefetch(2) before it: two more', (_name, [cure, pulled]) => {
    const source = new Counted();
    watched(100, () => source.values$.pipe(prefetch(2), cure, never));

    expect(source.pulled).toBe(pulled + 2);
  });

  it('concatMap to synchronous pages delivers a page at once, which flatten does not', () => {
    const seen: number[][] = [[], []];
    const rows = Array.from({ length: 50 }, (_, i) => i);
    watched(100, () =>
      of(rows).pipe(
        concatMap((page) => from(page)),
        map((n) => seen[0]!.push(n)),
        never,
      ),
    );
    watched(100, () =>
      of(rows).pipe(
        flatten(),
        map((n) => seen[1]!.push(n)),
        never,
      ),
    );

    expect([seen[0]!.length, seen[1]!.length]).toStrictEqual([50, 1]);
  });
});
