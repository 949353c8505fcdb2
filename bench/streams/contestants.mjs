// A promise that is already there, for each item: what is left is what each library costs.
import { Readable } from 'node:stream';
import { Effect, Stream } from 'effect';
import pMap, { pMapIterable } from 'p-map';
import { concatMap, from, mergeMap } from 'rxjs';
import { asyncMap, fromPull, prefetch } from 'rxjs-background';
import { buffer, map, parallelMap } from 'streaming-iterables';

/** @import { Observable } from 'rxjs' */
/** @import { Contestant } from '../harness/interleave.mjs' */

const concurrency = 4;

/** @param {number} item */
const work = (item) => Promise.resolve(item);

/** What an array in front of `mergeMap` costs grows with its square: at a million items it would take minutes. */
const fewEnough = (/** @type {readonly number[]} */ { length }) => length <= 400_000;
const few = (/** @type {readonly number[]} */ { length }) => length <= 100_000;

export const ours = 'asyncMap, 4 at once';
export const merging = 'rxjs mergeMap, 4 at once';
export const mapping = 'p-map pMapIterable, 4 at once';

/** @type {Contestant<readonly number[]>[]} */
export const contestants = [
  {
    name: ours,
    kind: 'ours',
    run: (items) => drained(items, fromPull(items).pipe(asyncMap(work, { concurrency }))),
  },
  {
    name: 'asyncMap, 4 at once, unordered',
    kind: 'ours',
    run: (items) => drained(items, fromPull(items).pipe(asyncMap(work, { concurrency, ordered: false }))),
  },
  {
    name: 'asyncMap, one at a time',
    kind: 'ours',
    run: (items) => drained(items, fromPull(items).pipe(asyncMap(work))),
  },
  {
    name: 'prefetch(4), asyncMap, 4 at once',
    kind: 'ours',
    run: (items) => drained(items, fromPull(items).pipe(prefetch(4), asyncMap(work, { concurrency }))),
  },
  {
    name: merging,
    takesPart: fewEnough,
    run: (items) => drained(items, from(items).pipe(mergeMap(work, concurrency))),
  },
  {
    name: 'rxjs concatMap',
    takesPart: few,
    run: (items) => drained(items, from(items).pipe(concatMap(work))),
  },
  {
    name: mapping,
    run: (items) => looped(items, pMapIterable(items, work, { concurrency })),
  },
  {
    name: 'p-map pMap, 4 at once',
    run: async (items) => {
      check(items, sum(await pMap(items, work, { concurrency })));
    },
  },
  {
    name: 'streaming-iterables parallelMap(4)',
    run: (items) => looped(items, parallelMap(concurrency, work, items)),
  },
  {
    name: 'streaming-iterables map, buffer(4)',
    run: (items) => looped(items, buffer(concurrency, map(work, items))),
  },
  {
    name: 'effect mapEffect, 4 at once',
    takesPart: few,
    run: async (items) => {
      const mapped = Stream.fromIterable(items).pipe(
        Stream.mapEffect((item) => Effect.promise(() => work(item)), { concurrency }),
      );
      const total = Stream.runFold(
        mapped,
        () => 0,
        (all, item) => all + item,
      );
      check(items, await Effect.runPromise(total));
    },
  },
  {
    name: 'Node Readable.map, 4 at once',
    takesPart: few,
    run: (items) => looped(items, Readable.from(items).map(work, { concurrency })),
  },
];

/**
 * @param {readonly number[]} items
 * @param {Observable<number>} stream$
 */
async function drained(items, stream$) {
  let total = 0;
  await stream$.forEach((item) => {
    total += item;
  });
  check(items, total);
}

/**
 * @param {readonly number[]} items
 * @param {AsyncIterable<unknown>} stream
 */
async function looped(items, stream) {
  let total = 0;
  for await (const item of stream) total += /** @type {number} */ (item);
  check(items, total);
}

/** @param {readonly number[]} items */
function sum(items) {
  return items.reduce((total, item) => total + item, 0);
}

/**
 * Items are 0, 1, 2, ...
 *
 * @param {readonly number[]} items
 * @param {number} total
 */
function check({ length }, total) {
  const expected = (length * (length - 1)) / 2;
  if (total !== expected) throw new Error(`${String(length)} items came to ${String(total)}, not ${String(expected)}`);
}
