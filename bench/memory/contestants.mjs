import { setTimeout as pause } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { Effect, Stream } from 'effect';
import { pMapIterable } from 'p-map';
import { from, mergeMap } from 'rxjs';
import { asyncMap, backgroundMap, fromPull, prefetch } from 'rxjs-background';
import { parallelMap } from 'streaming-iterables';
import { windowed } from '../harness/windowed.mjs';
import { open as openBackground } from '../pools/background.mjs';
import { open as openPiscina } from '../pools/piscina.mjs';

/** @import { Kind } from '../harness/interleave.mjs' */

/** @typedef {{ id: number, text: string }} Row */

/**
 * @template Input
 * @typedef {object} Contestant
 * @property {string} name
 * @property {Kind} [kind]
 * @property {(input: Input, passed: () => void) => Promise<void>} run calls `passed` for each item that is done
 */

const concurrency = 4;
const threads = 2;

export const slowly = {
  ours: 'fromPull, asyncMap',
  merging: 'rxjs mergeMap',
};

/**
 * Rows that are made as they are read, and a consumer that is slow: four of them at once.
 *
 * @type {Contestant<Iterable<Row>>[]}
 */
export const behindSlowConsumer = [
  {
    name: slowly.ours,
    kind: 'ours',
    run: (rows, passed) => fromPull(rows).pipe(asyncMap(save, { concurrency })).forEach(passed),
  },
  {
    name: 'fromPull, prefetch(4), asyncMap',
    kind: 'ours',
    run: (rows, passed) => fromPull(rows).pipe(prefetch(4), asyncMap(save, { concurrency })).forEach(passed),
  },
  { name: slowly.merging, run: (rows, passed) => from(rows).pipe(mergeMap(save, concurrency)).forEach(passed) },
  {
    name: 'p-map pMapIterable',
    run: (rows, passed) => exhausted(pMapIterable(rows, save, { concurrency }), passed),
  },
  {
    name: 'streaming-iterables parallelMap',
    run: (rows, passed) => exhausted(parallelMap(concurrency, save, rows), passed),
  },
  {
    name: 'effect mapEffect',
    run: async (rows, passed) => {
      const saved = Stream.fromIterable(rows).pipe(
        Stream.mapEffect((row) => Effect.promise(() => save(row)), { concurrency }),
      );
      await Effect.runPromise(Stream.runForEach(saved, () => Effect.sync(passed)));
    },
  },
  {
    name: 'Node Readable.map',
    run: (rows, passed) => exhausted(Readable.from(rows).map(save, { concurrency }), passed),
  },
];

export const tinily = {
  ours: 'fromPull, backgroundMap',
};

/**
 * So many tasks that take no time.
 *
 * @type {Contestant<Iterable<number>>[]}
 */
export const ofTinyTasks = [
  {
    name: tinily.ours,
    kind: 'ours',
    run: async (numbers, passed) => {
      const pool = openBackground(threads);
      await fromPull(numbers).pipe(backgroundMap(pool.tasks.increment)).forEach(passed);
      await pool.close();
    },
  },
  {
    name: 'piscina run, 64 at once',
    run: async (numbers, passed) => {
      const pool = openPiscina(threads);
      await windowed(numbers, 64, pool.increment, passed);
      await pool.close();
    },
  },
  {
    name: 'rxjs mergeMap(piscina.run, 64)',
    run: async (numbers, passed) => {
      const pool = openPiscina(threads);
      await from(numbers)
        .pipe(mergeMap((x) => pool.increment(x), 64))
        .forEach(passed);
      await pool.close();
    },
  },
];

/** @param {Row} row */
async function save({ id }) {
  await pause(5);
  return id;
}

/**
 * @param {AsyncIterable<unknown>} stream
 * @param {() => void} passed
 */
async function exhausted(stream, passed) {
  const iterator = stream[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true) passed();
}
