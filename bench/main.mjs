// Every benchmark, one after another, each in a process of its own.
//
//   npm run bench -- [--check] [--save] [--rounds n]
//
// The options go to each. With --check the exit code is 1 if any goal was missed.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const names = ['tiny', 'speedup', 'latency', 'payload', 'memory', 'start', 'kill', 'streams', 'overlap', 'auto'];

const goals = [];
for (const name of names) {
  const { code, lines } = await run(name);
  console.log('');
  // A missed goal is told below; anything else that went wrong ends here.
  if (code !== 0 && !lines.some(({ met }) => !met)) {
    console.error(`bench:${name} ended with ${String(code)}`);
    process.exit(1);
  }
  goals.push(...lines);
  if (code !== 0) process.exitCode = 1;
}
console.log(['# All goals', '', ...goals.map(({ text }) => text), ''].join('\n'));
console.log(`${String(goals.filter(({ met }) => met).length)} of ${String(goals.length)} goals met.`);
console.log(`Took ${String(Math.round(performance.now() / 1000))} s in all.`);

/**
 * @param {string} name
 * @returns {Promise<{ code: number | null, lines: { met: boolean, text: string }[] }>}
 */
function run(name) {
  const script = fileURLToPath(new URL(`${name}/main.mjs`, import.meta.url));
  const child = spawn(process.execPath, [script, ...process.argv.slice(2)], { stdio: ['ignore', 'pipe', 'inherit'] });
  /** @type {{ met: boolean, text: string }[]} */
  const lines = [];
  createInterface(child.stdout).on('line', (line) => {
    console.log(line);
    const [, outcome, goal] = /^- (met   |MISSED) (.*)$/.exec(line) ?? [];
    if (goal !== undefined) lines.push({ met: outcome !== 'MISSED', text: `- ${outcome} ${name}: ${goal}` });
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, lines }));
  });
}
