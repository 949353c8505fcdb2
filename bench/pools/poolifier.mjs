import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import { abortable } from './pool.mjs';

/** @import { Pool } from './pool.mjs' */

const file = fileURLToPath(new URL('../workers/poolifier.mjs', import.meta.url));

/**
 * @param {number} threads
 * @returns {Pool}
 */
export function open(threads) {
  /** @type {FixedThreadPool<unknown, unknown>} */
  const pool = new FixedThreadPool(threads, file);
  return {
    increment: async (x) => /** @type {number} */ (await pool.execute(x, 'increment')),
    spin: (gate) => abortable((signal) => pool.execute(gate, 'spin', signal)),
    close: async () => {
      const workers = pool.workerNodes.map(({ worker }) => worker);
      // It asks the workers to end and waits for their answers, which one that is busy does not give.
      void pool.destroy();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
