import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addProcess, processorMs } from './processor-time.mjs';

/**
 * Runs a script in a process of its own, in which nothing has been loaded and no heap has grown, and gives what it
 * passes to `answer`.
 *
 * @template Answer
 * @param {URL} script
 * @param {string[]} args
 * @param {string[]} [nodeOptions]
 * @returns {Promise<Answer>}
 */
export async function alone(script, args, nodeOptions = []) {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, fileURLToPath(script), ...args]);
  const ended = JSON.parse(stdout);
  addProcess(ended.processorMs);
  return ended.answer;
}

/**
 * Ends such a process.
 *
 * @param {unknown} answer
 */
export function answer(answer) {
  process.stdout.write(JSON.stringify({ answer, processorMs: processorMs() }), () => process.exit());
}
