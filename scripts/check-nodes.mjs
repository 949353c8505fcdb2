// Runs the tests with real threads on the releases of Node after the oldest one that is supported, which runs everything else. What
// threads do at their ends, and how asynchronous calls are followed, differs between them. Needs the build.
//
//   node scripts/check-nodes.mjs        all
//   node scripts/check-nodes.mjs 24     these

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { masked } from './mask.mjs';

const root = join(import.meta.dirname, '..');
const limitMs = 6 * 60_000;
const folders = ['threads', 'executors', 'backpressure'].map((name) => join('integration-tests', name));

const asked = process.argv.slice(2);
const releases = asked.length > 0 ? asked : ['22', '24'];

const total = { passed: 0, failed: 0 };
for (const release of releases) {
  const folder = mkdtempSync(join(tmpdir(), 'node-'));
  try {
    const node = fetched(release, folder);
    if (node === undefined) console.log(`Node ${release} could not be fetched: its tests are skipped.`);
    else {
      const { passed, failed } = tested(node, join(folder, 'report.json'));
      console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} Node ${release}: ${passed} of ${passed + failed}`);
      total.passed += passed;
      total.failed += failed;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const tally = process.env['CHECK_TALLY'];
if (tally) writeFileSync(tally, JSON.stringify(total));
process.exitCode = total.failed === 0 ? 0 : 1;

/**
 * The executable of a release, as npm has it for this platform.
 *
 * @param {string} release
 * @param {string} folder
 * @returns {string | undefined}
 */
function fetched(release, folder) {
  const name = `node-${process.platform}-${process.arch}@${release}`;
  const packed = spawnSync('npm', ['pack', name, '--json', '--pack-destination', folder], { encoding: 'utf8' });
  if (packed.status !== 0) return undefined;
  const [{ filename }] = JSON.parse(packed.stdout);
  const unpacked = spawnSync('tar', ['-xzf', filename], { cwd: folder });
  return unpacked.status === 0 ? join(folder, 'package', 'bin', 'node') : undefined;
}

/**
 * @param {string} node
 * @param {string} report
 */
function tested(node, report) {
  const args = [
    'run',
    '--project',
    'integration',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { stdout, stderr, status } = spawnSync(
    node,
    [join('node_modules', 'vitest', 'vitest.mjs'), ...args, ...folders],
    {
      cwd: root,
      encoding: 'utf8',
      // Programs that tests start are to run on it, too.
      env: { ...process.env, PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}` },
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) console.log(masked(`${stdout}\n${stderr}`));
  try {
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed, failed: failed === 0 && status !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
