// A promise that is already there, for each item: what is left is what each library costs.
import { Readable } from 'node:stream';
import { Effect, Stream } from 'effect';
import pMap, { pMapIterable } from 'p-map';
import { concatMap, from, mergeMap } from 'rxjs';
import { asyncMap, fromPull, prefetch } from 'rxjs-background';
import { buffer, map, parallelMap } from 'streaming-iterables';

/** @import { Observable } from 'rxjs' */
/** @import { Entrant } from '../harness/apart.mjs' */

const concurrency = 4;

/** @param {number} item */
const work = (item) => Promise.resolve(item);

/** What an array in front of `mergeMap` costs grows with its square: at a million items it would take minutes. */
const fewEnough = (/** @type {number} */ size) => size <= 400_000;
const few = (/** @type {number} */ size) => size <= 100_000;

export const ours = 'asyncMap, 4 at once';
export const merging = 'rxjs mergeMap, 4 at once';
export const mapping = 'p-map pMapIterable, 4 at once';

/** @type {Entrant<readonly number[], number>[]} */
export const contestants = [
  {
    name: ours,
    kind: 'ours',
    open: () => (items) => drained(items, fromPull(items).pipe(asyncMap(work, { concurrency }))),
  },
  {
    name: 'asyncMap, 4 at once, unordered',
    kind: 'ours',
    open: () => (items) => drained(items, fromPull(items).pipe(asyncMap(work, { concurrency, ordered: false }))),
  },
  {
    name: 'asyncMap, one at a time',
    kind: 'ours',
    open: () => (items) => drained(items, fromPull(items).pipe(asyncMap(work))),
  },
  {
    name: 'prefetch(4), asyncMap, 4 at once',
    kind: 'ours',
    open: () => (items) => drained(items, fromPull(items).pipe(prefetch(4), asyncMap(work, { concurrency }))),
  },
  {
    name: merging,
    takesPart: fewEnough,
    open: () => (items) => drained(items, from(items).pipe(mergeMap(work, concurrency))),
  },
  {
    name: 'rxjs concatMap',
    takesPart: few,
    open: () => (items) => drained(items, from(items).pipe(concatMap(work))),
  },
  {
    name: mapping,
    open: () => (items) => looped(items, pMapIterable(items, work, { concurrency })),
  },
  {
    name: 'p-map pMap, 4 at once',
    open: () => async (items) => {
      check(items, sum(await pMap(items, work, { concurrency })));
    },
  },
  {
    name: 'streaming-iterables parallelMap(4)',
    open: () => (items) => looped(items, parallelMap(concurrency, work, items)),
  },
  {
    name: 'streaming-iterables map, buffer(4)',
    open: () => (items) => looped(items, buffer(concurrency, map(work, items))),
  },
  {
    name: 'effect mapEffect, 4 at once',
    takesPart: few,
    open: () => async (items) => {
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
    open: () => (items) => looped(items, Readable.from(items).map(work, { concurrency })),
  },
];

/**
 * 0, 1, 2, ...
 *
 * @param {number} size
 */
export function inputFor(size) {
  return Array.from({ length: size }, (_, i) => i);
}

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
 * @param {readonly number[]} items
 * @param {number} total
 */
function check({ length }, total) {
  const expected = (length * (length - 1)) / 2;
  if (total !== expected) throw new Error(`${String(length)} items came to ${String(total)}, not ${String(expected)}`);
}
