// Runs checks one after another, each to its end, and counts them.
//
//   node scripts/checks.mjs types lint     these
//   node scripts/checks.mjs --all          every one
//
// A check is an npm script. It counts as one, unless it writes a tally of what it ran: vitest as its JSON report,
// our own scripts as `{ passed, failed }`. The last line of output is `N passed, N failed`.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { masked } from './mask.mjs';

const root = join(import.meta.dirname, '..');
const reports = join(root, 'build', 'reports');
const minute = 60_000;

/** @typedef {{ script: string, tally?: 'vitest' | 'own', limitMs?: number }} Check */

/** @type {Record<string, Check>} */
const checks = {
  types: { script: 'typecheck' },
  lint: { script: 'lint' },
  architecture: { script: 'lint:architecture' },
  marbles: { script: 'test:marbles', tally: 'vitest' },
  integration: { script: 'test:integration', tally: 'vitest', limitMs: 12 * minute },
  nodes: { script: 'check:nodes', tally: 'own', limitMs: 14 * minute },
  package: { script: 'check:package' },
  unused: { script: 'check:unused' },
  size: { script: 'check:size' },
  pack: { script: 'check:pack' },
  docs: { script: 'check:docs', tally: 'own' },
  start: { script: 'start' },
  examples: { script: 'check:examples', tally: 'own', limitMs: 12 * minute },
};

const asked = process.argv.slice(2);
const names = asked.includes('--all') ? Object.keys(checks) : asked;
const unknown = names.filter((name) => !(name in checks));
if (names.length === 0 || unknown.length > 0) {
  console.error(
    `checks: ${unknown.length > 0 ? `no check named ${unknown.join(', ')}` : 'which?'} There are ${Object.keys(checks).join(', ')}; or --all.`,
  );
  process.exit(2);
}

mkdirSync(reports, { recursive: true });
const results = [];
for (const name of names) {
  console.log(`\n=== ${name}`);
  results.push({ name, ...(await runCheck(name, /** @type {Check} */ (checks[name]))) });
}

console.log('');
for (const { name, passed, failed, seconds } of results) {
  const share = `${passed} of ${passed + failed}`;
  console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(14)} ${share.padEnd(12)} ${seconds.toFixed(1)} s`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {Check} check
 */
async function runCheck(name, { script, tally, limitMs = 6 * minute }) {
  const report = join(reports, `${name}.json`);
  rmSync(report, { force: true });
  const args = ['run', '--silent', script];
  if (tally === 'vitest') args.push('--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
  const from = performance.now();
  const outcome = await run('npm', args, limitMs, { ...process.env, CHECK_TALLY: tally === 'own' ? report : '' });
  const seconds = (performance.now() - from) / 1000;
  const ended = outcome === 'exit code 0';
  if (!ended) console.log(`${name}: ${outcome}`);

  const counted = tally === undefined ? undefined : readTally(report);
  if (counted === undefined) return { passed: ended ? 1 : 0, failed: ended ? 0 : 1, seconds };
  // A run that fails beside its tests (an unhandled error, a file that cannot be loaded) is a failure, too.
  return { passed: counted.passed, failed: counted.failed === 0 && !ended ? 1 : counted.failed, seconds };
}

/** @param {string} report */
function readTally(report) {
  try {
    const tally = JSON.parse(readFileSync(report, 'utf8'));
    if ('passed' in tally) return { passed: tally.passed, failed: tally.failed };
    const files = /** @type {{ status: string, assertionResults: { status: string }[] }[]} */ (tally.testResults);
    // A file that cannot be loaded or set up fails without a failed test in it.
    const unloaded = files.filter(
      (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
    ).length;
    return { passed: tally.numPassedTests, failed: tally.numFailedTests + unloaded };
  } catch {
    return undefined;
  }
}

/**
 * Runs a command, ends whatever it leaves running, and tells how it ended.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {number} limitMs
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 */
function run(command, args, limitMs, env) {
  return new Promise((resolve) => {
    // A process group of its own, so that what a check leaves running ends with it.
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => process.stdout.write(masked(text)));
    }
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nothing of it is left.
      }
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup();
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.on('exit', endGroup);
    // After the last of its output.
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve(
        late ? `took longer than ${limitMs / 1000} s` : code === null ? `ended by ${signal}` : `exit code ${code}`,
      );
    });
  });
}
