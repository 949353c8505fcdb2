// Runs a command with DATABASE_URL set to a PostgreSQL server of its own, in a temporary folder that goes with it.
//
//   node scripts/with-postgres.mjs node build/examples/01-eclipses/main.js

import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('with-postgres: which command?');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'rxjs-background-postgres-'));
// The server refuses to run as root.
/** @type {{ uid?: number, gid?: number }} */
const asUser = process.getuid?.() === 0 ? unprivilegedUser() : {};
if (asUser.uid !== undefined && asUser.gid !== undefined) chownSync(folder, asUser.uid, asUser.gid);

let status = 1;
const data = join(folder, 'data');
const initialised = spawnSync(
  binary('initdb'),
  ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
  {
    ...asUser,
    cwd: folder,
    encoding: 'utf8',
  },
);
try {
  if (initialised.status !== 0) throw new Error(`initdb failed: ${initialised.error?.message ?? initialised.stderr}`);
  status = await withServer();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = status;

async function withServer() {
  const port = await freePort();
  const settings = ['-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F'];
  const server = spawn(binary('postgres'), ['-D', data, ...settings], {
    ...asUser,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (log += text));
  const stopped = new Promise((resolve) => server.once('exit', resolve));
  try {
    while (!log.includes('ready to accept connections')) {
      if (server.exitCode !== null) throw new Error(`postgres did not start:\n${log}`);
      await delay(20);
    }
    return await run({ ...process.env, DATABASE_URL: `postgres://postgres@127.0.0.1:${String(port)}/postgres` });
  } finally {
    server.kill('SIGINT');
    await stopped;
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
function run(env) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (command), args, { env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** @param {string} name */
function binary(name) {
  // Debian keeps the server's programs out of PATH, one folder per version.
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  const found = folders.map((bin) => join(bin, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(
      `with-postgres: there is no ${name} here. Install PostgreSQL (Debian: apt-get install postgresql).`,
    );
  return found;
}

function unprivilegedUser() {
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout || NaN),
    );
    if (uid !== undefined && gid !== undefined && !Number.isNaN(uid + gid)) return { uid, gid };
  }
  throw new Error('with-postgres: neither postgres nor nobody is a user here, and the server refuses to run as root.');
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
