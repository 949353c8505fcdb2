import { basename } from 'node:path';
import { Child } from './child.mjs';

/**
 * Runs a script in a process of its own, in which nothing has been loaded and no heap has grown, and gives what it
 * passes to `answer`.
 *
 * @template Answer
 * @param {URL} script
 * @param {string[]} args
 * @returns {Promise<Answer>}
 */
export async function alone(script, args) {
  const child = new Child([basename(script.pathname), ...args].join(' '), script, args);
  const answer = await child.answer();
  await child.end();
  return /** @type {Answer} */ (answer);
}
