import { Piscina } from 'piscina';
import { abortable, taskModule } from './pool.mjs';

/** @import { Pool } from './pool.mjs' */

/**
 * @param {number} threads
 * @param {{ warm?: number, module?: URL }} [options] `warm`: idle threads beside them
 * @returns {Pool & { incrementEach(batch: number[]): Promise<number[]> }}
 */
export function open(threads, { warm = 0, module = taskModule } = {}) {
  const count = threads + warm;
  const pool = new Piscina({ filename: module.href, minThreads: count, maxThreads: count });
  return {
    increment: (x) => pool.run(x, { name: 'increment' }),
    incrementEach: (batch) => pool.run(batch, { name: 'incrementEach' }),
    spin: (gate) => abortable((signal) => pool.run(gate, { name: 'spin', signal })),
    close: () => pool.destroy(),
  };
}
