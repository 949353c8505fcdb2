// Runs every example, as a reader would: `node build/examples/<NN-topic>/main.js`, or the example's own `ci` script
// where its package.json has one. Needs the build (npm run build:examples).
//
//   node scripts/check-examples.mjs            all
//   node scripts/check-examples.mjs 02-pages   these

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { masked } from './mask.mjs';

const root = join(import.meta.dirname, '..');
const limitMs = 5 * 60_000;

const all = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && /^\d\d-/.test(entry.name))
  .map((entry) => entry.name)
  .sort();
const asked = process.argv.slice(2);
const topics = asked.length > 0 ? asked : all;

/** @type {string[]} */
const failed = [];
for (const topic of topics) {
  const from = performance.now();
  const problem = runExample(topic);
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  if (problem === undefined) console.log(`ok     ${topic}, ${seconds} s`);
  else {
    failed.push(topic);
    console.log(`FAILED ${topic}, ${seconds} s: ${masked(problem)}`);
  }
}
if (topics.length === 0) console.log('No example in examples/NN-topic/ yet.');

const tally = process.env['CHECK_TALLY'];
if (tally) writeFileSync(tally, JSON.stringify({ passed: topics.length - failed.length, failed: failed.length }));
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * @param {string} topic
 * @returns {string | undefined} what went wrong
 */
function runExample(topic) {
  const folder = join(root, 'examples', topic);
  const own = join(folder, 'package.json');
  const hasScript = existsSync(own) && JSON.parse(readFileSync(own, 'utf8')).scripts?.ci !== undefined;
  const main = join(root, 'build', 'examples', topic, 'main.js');
  if (!hasScript && !existsSync(main))
    return `there is no ${topic}/main.ts that compiles, and no "ci" script in its package.json`;

  const [command, args, cwd] = hasScript
    ? ['npm', ['run', '--silent', 'ci'], folder]
    : [process.execPath, [main], root];
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, CI: '1' },
    timeout: limitMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return undefined;
  const why = error?.message ?? (status === null ? `ended by a signal` : `exit code ${status}`);
  return `${why}\n${lastLines(stdout)}\n${lastLines(stderr)}`;
}

/** @param {string} text */
function lastLines(text) {
  return text.trimEnd().split('\n').slice(-30).join('\n');
}
