import { processorMs } from './processor-time.mjs';

/**
 * What something took: on the clock, and of the processors, all threads together.
 *
 * @typedef {{ ms: number, processorMs: number }} Taken
 */

/**
 * @template Input
 * @typedef {(input: Input) => Promise<Partial<Taken> | void>} Run gives what it took, where it knows better than the clock here
 */

/**
 * @template Input
 * @param {Run<Input>} run
 * @param {Input} input
 * @returns {Promise<Taken>}
 */
export async function timed(run, input) {
  const used = processorMs();
  const began = performance.now();
  const own = await run(input);
  return { ms: performance.now() - began, processorMs: processorMs() - used, ...own };
}
