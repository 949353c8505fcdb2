import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { lastValueFrom, Subject, takeUntil } from 'rxjs';
import { threads } from 'rxjs-background/node';
import Tinypool from 'tinypool';
import workerpool from 'workerpool';

/**
 * A pool in which one task at a time runs.
 *
 * @typedef {object} Pool
 * @property {(gate: Int32Array) => Endless} spin starts the task that never ends
 * @property {(x: number) => Promise<number>} increment
 * @property {() => Promise<unknown>} close
 *
 * @typedef {object} Endless
 * @property {Promise<unknown>} ended rejects when it has been aborted
 * @property {() => void} abort
 */

/** @typedef {{ name: string, open: () => Pool }} Contestant */

export const names = {
  ours: 'rxjs-background',
  spare: 'rxjs-background, spareThreads: 1',
  graceful: 'rxjs-background, graceMs: 100',
  piscina: 'piscina',
  warm: 'piscina, a warm idle thread',
};

const file = new URL('tasks.mjs', import.meta.url);

/** @type {Contestant[]} */
export const contestants = [
  { name: names.ours, open: () => ours({ graceMs: 0 }) },
  { name: names.spare, open: () => ours({ graceMs: 0, spareThreads: 1 }) },
  { name: names.graceful, open: () => ours({ graceMs: 100 }) },
  { name: names.piscina, open: () => withSignal(new Piscina({ ...piscinaOptions, maxThreads: 1 })) },
  { name: names.warm, open: () => withSignal(new Piscina({ ...piscinaOptions, minThreads: 2, maxThreads: 2 })) },
  { name: 'tinypool', open: () => withSignal(new Tinypool({ filename: file.href, minThreads: 1, maxThreads: 1 })) },
  { name: 'workerpool', open: ofWorkerpool },
  { name: 'terminate() and new Worker', open: raw },
];

const piscinaOptions = { filename: file.href, minThreads: 1 };

/** @param {import('rxjs-background/node').ThreadsOptions} options */
function ours(options) {
  /** @type {import('rxjs-background/node').ThreadPool<typeof import('./tasks.mjs')>} */
  const pool = threads(file, { ...options, maxThreads: 1 });
  return {
    spin: (/** @type {Int32Array} */ gate) => {
      const aborted = new Subject();
      const ended = lastValueFrom(pool.tasks.spin(gate).pipe(takeUntil(aborted)));
      return { ended, abort: () => aborted.next(true) };
    },
    increment: (/** @type {number} */ x) => lastValueFrom(pool.tasks.increment(x)),
    close: () => pool.close({ force: true }),
  };
}

/**
 * What piscina and its relative have in common.
 *
 * @param {{ run(task: unknown, options: { name: string, signal?: AbortSignal }): Promise<unknown>, destroy(): Promise<void> }} pool
 */
function withSignal(pool) {
  return {
    spin: (/** @type {Int32Array} */ gate) => {
      const controller = new AbortController();
      return { ended: pool.run(gate, { name: 'spin', signal: controller.signal }), abort: () => controller.abort() };
    },
    increment: (/** @type {number} */ x) => /** @type {Promise<number>} */ (pool.run(x, { name: 'increment' })),
    close: () => pool.destroy(),
  };
}

function ofWorkerpool() {
  const pool = workerpool.pool(new URL('workerpool-tasks.mjs', import.meta.url).pathname, {
    minWorkers: 1,
    maxWorkers: 1,
    workerType: 'thread',
  });
  return {
    spin: (/** @type {Int32Array} */ gate) => {
      const running = pool.exec('spin', [gate]);
      return { ended: Promise.resolve(running), abort: () => void running.cancel() };
    },
    increment: async (/** @type {number} */ x) => /** @type {number} */ (await pool.exec('increment', [x])),
    close: async () => pool.terminate(true),
  };
}

function raw() {
  const start = () => new Worker(new URL('raw-tasks.mjs', import.meta.url));
  let worker = start();
  return {
    spin: (/** @type {Int32Array} */ gate) => {
      const running = worker;
      running.postMessage({ gate });
      const abort = () => {
        void running.terminate();
        worker = start();
      };
      return { ended: once(running, 'exit').then(() => Promise.reject(new Error('terminated'))), abort };
    },
    increment: async (/** @type {number} */ x) => {
      worker.postMessage({ x });
      return /** @type {number} */ ((await once(worker, 'message'))[0]);
    },
    close: () => worker.terminate(),
  };
}
