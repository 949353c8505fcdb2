import { backgroundMap, fromPull, inline } from 'rxjs-background';
import { inBatches, windowed } from '../harness/windowed.mjs';
import { open as openBackground } from '../pools/background.mjs';
import { open as openRaw } from '../pools/raw.mjs';
import * as tasks from '../workers/tasks.mjs';

/** @import { Contestant } from '../harness/interleave.mjs' */
/** @import { Workload } from './workloads.mjs' */

const threads = 2;
const pool = openBackground(threads);
const raw = openRaw(threads, 'work');
const here = inline(tasks);

export const names = {
  ours: 'backgroundMap',
  alone: 'one thread: a plain loop here',
};

/** @param {number} size */
const fixed = (size) => `chunkSize: ${String(size)}`;
const sizes = [1, 4, 16, 64, 256, 1024];
export const fixedNames = sizes.map(fixed);

/** @param {Pick<Workload, 'averageUs'>} workload */
export function byHand({ averageUs }) {
  return `postMessage, ${String(rawSize(averageUs))} a message`;
}

/**
 * @param {Workload} workload
 * @returns {Contestant<void>[]}
 */
export function contestantsFor({ averageUs, turns }) {
  return [
    { name: names.ours, kind: 'ours', ...over(turns, (all, take) => mapped(all, {}).forEach(take)) },
    ...sizes.map((size) => ({
      name: fixed(size),
      ...over(part(turns, averageUs, size), (all, take) => mapped(all, { chunkSize: size }).forEach(take)),
    })),
    {
      name: 'backgroundMap on inline()',
      ...over(turns, (all, take) => fromPull(all).pipe(backgroundMap(here.tasks.work)).forEach(take)),
    },
    {
      name: byHand({ averageUs }),
      kind: 'reference',
      ...over(turns, (all, take) =>
        windowed(inBatches(all, rawSize(averageUs)), 2 * threads, raw.send, (results) => results.forEach(take)),
      ),
    },
    {
      name: names.alone,
      kind: 'reference',
      ...over(turns, async (all, take) => {
        for (const one of all) take(tasks.work(one));
      }),
    },
  ];
}

export function close() {
  return Promise.all([pool.close(), raw.close()]);
}

/**
 * @param {number[]} all
 * @param {{ chunkSize?: number }} options
 */
function mapped(all, options) {
  return fromPull(all).pipe(backgroundMap(pool.tasks.work, options));
}

/**
 * What keeps a chunk size that does not suit the tasks busy for no longer than the others: a message costs about 20 µs.
 *
 * @param {number[]} turns
 * @param {number} averageUs
 * @param {number} size
 */
function part(turns, averageUs, size) {
  const us = Math.max(averageUs / threads, 20 / size);
  return new Set(turns).size > 1 ? turns : turns.slice(0, Math.ceil(300_000 / us));
}

/**
 * About a millisecond’s worth.
 *
 * @param {number} averageUs
 */
function rawSize(averageUs) {
  return Math.min(1024, Math.max(1, Math.round(1000 / Math.max(averageUs, 1e-3))));
}

/**
 * @param {number[]} turns
 * @param {(turns: number[], take: (result: number) => void) => Promise<void>} run
 */
function over(turns, run) {
  return {
    units: turns.length,
    run: async () => {
      let done = 0;
      await run(turns, () => done++);
      if (done !== turns.length) throw new Error(`${String(done)} of ${String(turns.length)} tasks were done`);
    },
  };
}
