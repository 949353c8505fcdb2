import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';

/** @import { Pool } from './pool.mjs' */

const file = fileURLToPath(new URL('../workers/workerpool.mjs', import.meta.url));

/**
 * @param {number} threads
 * @returns {Pool}
 */
export function open(threads) {
  const pool = workerpool.pool(file, { minWorkers: threads, maxWorkers: threads, workerType: 'thread' });
  return {
    increment: async (x) => /** @type {number} */ (await pool.exec('increment', [x])),
    spin: (gate) => {
      const running = pool.exec('spin', [gate]);
      return { ended: Promise.resolve(running), abort: () => void running.cancel() };
    },
    close: async () => pool.terminate(true),
  };
}
