import Tinypool from 'tinypool';
import { abortable, taskModule } from './pool.mjs';

/** @import { Pool } from './pool.mjs' */

/**
 * @param {number} threads
 * @returns {Pool}
 */
export function open(threads) {
  const pool = new Tinypool({ filename: taskModule.href, minThreads: threads, maxThreads: threads });
  return {
    increment: (x) => pool.run(x, { name: 'increment' }),
    spin: (gate) => abortable((signal) => pool.run(gate, { name: 'spin', signal })),
    close: () => pool.destroy(),
  };
}
