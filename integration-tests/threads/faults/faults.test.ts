import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const soak = fileURLToPath(new URL('soak.mjs', import.meta.url));

it('10,000 tasks with faults of every kind: one outcome each, and nothing is left', { timeout: 400_000 }, async () => {
  const child = spawn(process.execPath, ['--expose-gc', '--no-warnings', soak, '--tasks', '10000']);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  console.log(out);
  expect(code, out).toBe(0);
});
