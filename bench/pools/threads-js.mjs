import { Pool as ThreadsPool, spawn, Worker } from 'threads';

/** @import { Pool } from './pool.mjs' */

/** Calls that a thread is given at once: one is slower by far, and more than ten make Node warn of a leak. */
const concurrency = 8;

/**
 * A call that runs cannot be cancelled here, only a thread terminated: it takes no part in what aborts.
 *
 * @param {number} threads
 * @returns {Pick<Pool, 'increment' | 'close'>}
 */
export function open(threads) {
  const pool = ThreadsPool(() => spawn(new Worker('../workers/threads-js.mjs')), { size: threads, concurrency });
  return {
    increment: async (x) => await pool.queue((/** @type {Pick<Pool, 'increment'>} */ thread) => thread.increment(x)),
    close: () => pool.terminate(true),
  };
}
