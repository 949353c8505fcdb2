/**
 * What every benchmark of pools asks of one, whichever library it is of. `open(threads)` of each file in this folder
 * makes one.
 *
 * @typedef {object} Pool
 * @property {(x: number) => Promise<number>} increment
 * @property {(gate: Int32Array) => Endless} spin starts the task that never ends
 * @property {() => Promise<unknown>} close whatever runs
 *
 * @typedef {object} Endless
 * @property {Promise<unknown>} ended rejects when it has been aborted
 * @property {() => void} abort
 */

/** The task module, for the libraries that take one as it is. */
export const taskModule = new URL('../workers/tasks.mjs', import.meta.url);

/** What of it bench:kill needs, as CommonJS. */
export const commonJsModule = new URL('../workers/tasks.cjs', import.meta.url);

/**
 * A call that an AbortSignal stops.
 *
 * @param {(signal: AbortSignal) => Promise<unknown>} start
 * @returns {Endless}
 */
export function abortable(start) {
  const controller = new AbortController();
  return { ended: start(controller.signal), abort: () => controller.abort() };
}
