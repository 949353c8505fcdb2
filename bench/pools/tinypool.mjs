import Tinypool from 'tinypool';
import { abortable, taskModule } from './pool.mjs';

/** @import { Pool } from './pool.mjs' */

/**
 * @param {number} threads
 * @param {{ module?: URL }} [options]
 * @returns {Pool}
 */
export function open(threads, { module = taskModule } = {}) {
  const pool = new Tinypool({ filename: module.href, minThreads: threads, maxThreads: threads });
  return {
    increment: (x) => pool.run(x, { name: 'increment' }),
    spin: (gate) => abortable((signal) => pool.run(gate, { name: 'spin', signal })),
    close: () => pool.destroy(),
  };
}
