// One contestant, in a process of its own: runs whenever it is told on what, and answers with what that took.
//
//   contestant-process.mjs <URL of a module> <name of one of its contestants>

import { answer } from './answer.mjs';
import { timed } from './timed.mjs';

/** @import { Contest } from './apart.mjs' */

const [module = '', wanted = ''] = process.argv.slice(2);
const opened = open();

/** What was given last, and the input that was made from it. */
let [last, input] = [/** @type {string | undefined} */ (undefined), /** @type {unknown} */ (undefined)];

process.on('message', (given) => void turn(given));

async function open() {
  /** @type {Contest<unknown, unknown>} */
  const { contestants, inputFor } = await import(module);
  const contestant = contestants.find(({ name }) => name === wanted);
  if (contestant === undefined) throw new Error(`${module} has no contestant '${wanted}'`);
  return { run: await contestant.open(), inputFor };
}

/** @param {unknown} given */
async function turn(given) {
  const { run, inputFor } = await opened;
  const text = JSON.stringify(given);
  if (text !== last) [last, input] = [text, inputFor(given)];
  answer(await timed(run, input));
}
