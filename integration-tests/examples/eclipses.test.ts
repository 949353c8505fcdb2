import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, type Program } from '../support/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'build/examples/01-eclipses/main.js');
const question = ['--from', '2026-01-15', '--min-population', '640000', '--no-compare'];

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eclipses-'));
  const build = spawnSync('npm', ['run', '--silent', 'build:examples'], { cwd: root, encoding: 'utf8' });
  expect(build.stdout + build.stderr, 'the examples compile').not.toContain('error TS');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the program in the test's folder, where its database is. */
function run(args: readonly string[], command: readonly string[] = [main]): Program {
  const { DATABASE_URL: _, ...env } = process.env;
  return runCommand([process.execPath, ...command, ...args], { cwd: folder, env });
}

/** The tables at the end. */
function answerOf(output: string): string {
  expect(output).toContain('The next eclipse of any kind');
  return output.slice(output.indexOf('The next eclipse of any kind'), output.indexOf('All in all'));
}

describe('the eclipses of the large cities', () => {
  let answer = '';

  it('finds the eclipses of 2026 over Spain and of 2028 over Sydney', async () => {
    const { code, output } = await run(question).ended;
    expect(output).toMatch(/Zaragoza +│ ES │ +[\d,]+ │ 2026-08-12 18:2\d/);
    expect(output).toMatch(/Sydney +│ AU │ +[\d,]+ │ 2028-07-22 04:0\d/);
    expect(code).toBe(0);
    answer = answerOf(output);
  });

  it('has nothing left to search when it is started again', async () => {
    const { code, output } = await run(question).ended;
    expect(output).toContain('Earlier runs have found it out');
    expect(answerOf(output)).toBe(answer);
    expect(code).toBe(0);
  });

  it('ends at once with a summary on Ctrl-C, and then goes on where it stopped', async () => {
    const stopped = run([...question, '--fresh']);
    await stopped.shows('cities written');
    const interruptedAt = performance.now();
    // Twice, as it comes by way of npm, which passes on what its child has had from the terminal already.
    stopped.kill('SIGINT');
    stopped.kill('SIGINT');
    const { code, output } = await stopped.ended;
    expect(performance.now() - interruptedAt).toBeLessThan(3000);
    expect(code).toBe(130);
    const [, written, cities] = /Stopped: ([\d,]+) of ([\d,]+) cities are written/.exec(output) ?? [];
    expect(written).toBeDefined();
    expect(written).not.toBe(cities);

    const resumed = await run(question).ended;
    expect(resumed.output).toContain(`Going on where an earlier run stopped: ${String(written)} are written`);
    expect(answerOf(resumed.output)).toBe(answer);
    expect(resumed.code).toBe(0);
  });

  it('survives being killed', async () => {
    const killed = run([...question, '--fresh']);
    await killed.shows('cities written');
    killed.kill('SIGKILL');
    await killed.ended;

    const resumed = await run(question).ended;
    expect(resumed.output).toMatch(/Going on where an earlier run stopped: [\d,]+ are written/);
    expect(answerOf(resumed.output)).toBe(answer);
  });

  it('compares with and without prefetch and threads', async () => {
    const { code, output } = await run(['--from', '2026-01-15', '--limit', '10', '--round-trip', '5']).ended;
    expect(output).toContain('as if it were 5 ms away (simulated)');
    expect(output).toMatch(/\+ both +│ [\d.]+ s/);
    expect(output.match(/prefetch (gains nothing|saves|costs)/g)).toHaveLength(4);
    expect(code).toBe(0);
  });

  it.each([
    [['--page', '0'], "--page must be a whole number from 1 to 10000, but it is '0'"],
    [['--from', '2026-02-30'], "--from must be a day from 1700 to 2199, such as 2026-01-15, but it is '2026-02-30'"],
    [['--limit', '-3'], "Option '--limit' argument is ambiguous."],
    [['--colour'], "Unknown option '--colour'"],
  ])('refuses %j in one line', async (args, message) => {
    const { code, output } = await run(args).ended;
    expect(output).toContain(message);
    expect(output.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  });

  it('does the same on a PostgreSQL server', async (context) => {
    if (!hasPostgres()) context.skip('PostgreSQL is not installed');
    const { code, output } = await run(question, [join(root, 'scripts/with-postgres.mjs'), process.execPath, main])
      .ended;
    expect(output).toContain('Opening the PostgreSQL server');
    expect(answerOf(output)).toBe(answer);
    expect(code).toBe(0);
  });
});

function hasPostgres(): boolean {
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian) && readdirSync(debian).some((version) => existsSync(join(debian, version, 'bin/initdb'))))
    return true;
  return spawnSync('initdb', ['--version']).error === undefined;
}
