import { processorMs } from './processor-time.mjs';

/** @typedef {{ answer: unknown, processorMs: number }} Said what a child tells: `processorMs` is all it has used so far */

// Who has lost its parent ends. This also keeps a process that has answered until its parent ends it.
process.on('disconnect', () => process.exit());

/**
 * Answers the process that has started this one.
 *
 * @param {unknown} answer
 */
export function answer(answer) {
  process.send?.({ answer, processorMs: processorMs() });
}
