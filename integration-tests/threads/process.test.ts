import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/task-pool.js';

// Inside the package, so that programs find it under its own name.
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';
let programs = 0;
beforeAll(() => {
  mkdirSync(join(root, 'build'), { recursive: true });
  folder = mkdtempSync(join(root, 'build/programs-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A program that uses the package as a user does, in a process of its own. */
function runProgram(
  source: string,
  nodeOptions: readonly string[] = [],
): Promise<{ code: number | null; out: string }> {
  const program = `
    import { threads } from 'rxjs-background/node';
    import { inline } from 'rxjs-background';
    import { firstValueFrom } from 'rxjs';
    const url = new URL(${JSON.stringify(fixture('tasks.mjs').href)});
    ${source}`;
  const file = join(folder, `program-${String(++programs)}.mjs`);
  writeFileSync(file, program);
  return runFile(file, nodeOptions);
}

function runFile(file: string, nodeOptions: readonly string[] = []): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeOptions, file]);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('exit', (code) => resolve({ code, out }));
  });
}

/** Puts the package into one file with a program that uses threads. */
async function bundled(format: 'cjs' | 'es'): Promise<string> {
  const name = `bundled-${format}`;
  const program = join(folder, `${name}.mjs`);
  writeFileSync(
    program,
    `import { threads } from 'rxjs-background/node';
     threads(${JSON.stringify(fixture('tasks.mjs').href)}).tasks.add(1, 2).subscribe({ error: ({ message }) => console.log(message) });`,
  );
  const entryFileNames = format === 'cjs' ? `${name}.cjs` : `${name}.out.mjs`;
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: program,
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { format, entryFileNames } },
    },
  });
  return join(folder, entryFileNames);
}

describe('a program bundled together with the package', () => {
  it.each(['cjs', 'es'] as const)('is told at its first call: %s', async (format) => {
    const { code, out } = await runFile(await bundled(format));
    expect(out).toMatch(
      /Leave 'rxjs-background' out of the bundle of a program for Node .* install it beside the program\.\n$/s,
    );
    expect(code).toBe(0);
  });
});

describe('a process', () => {
  it('ends by itself although a pool is open and idle', async () => {
    const { code, out } = await runProgram(`
      const pool = threads(url, { maxThreads: 2, spareThreads: 1 });
      console.log(await firstValueFrom(pool.tasks.add(1, 2)));`);
    expect({ code, out }).toEqual({ code: 0, out: '3\n' });
  });

  it('ends by itself although threads are still starting', async () => {
    const { code, out } = await runProgram(`
      const pool = threads(new URL('./never-loads.mjs', url), { maxThreads: 2 });
      pool.tasks.add(1, 2).subscribe().unsubscribe();
      console.log('end');`);
    expect({ code, out }).toEqual({ code: 0, out: 'end\n' });
  });

  it('lives as long as a call is waited for', async () => {
    const { code, out } = await runProgram(`
      const pool = threads(url, { maxThreads: 1 });
      pool.tasks.burn(50).subscribe((ms) => console.log('burnt', ms));
      pool.tasks.later('second').subscribe((text) => console.log(text));`);
    expect({ code, out }).toEqual({ code: 0, out: 'burnt 50\nsecond\n' });
  });

  it('lives as long as ready() is waited for', async () => {
    const { code, out } = await runProgram(`
      await threads(url, { maxThreads: 1 }).ready();
      console.log('ready');`);
    expect({ code, out }).toEqual({ code: 0, out: 'ready\n' });
  });

  it('ends although a cancelled task never would', async () => {
    const { code, out } = await runProgram(`
      const pool = threads(url, { maxThreads: 1, graceMs: 10 });
      const gate = new Int32Array(new SharedArrayBuffer(16));
      const subscription = pool.tasks.spin(gate).subscribe();
      while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
      subscription.unsubscribe();
      console.log('end');`);
    expect({ code, out }).toEqual({ code: 0, out: 'end\n' });
  });

  it('that exits early takes its threads along', async () => {
    const { code } = await runProgram(`
      const pool = threads(url, { maxThreads: 2 });
      const gate = new Int32Array(new SharedArrayBuffer(16));
      pool.tasks.spin(gate).subscribe();
      while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
      process.exit(7);`);
    expect(code).toBe(7);
  });

  it('has no thread, timer or port left after close()', async () => {
    const { code, out } = await runProgram(`
      import { readdirSync } from 'node:fs';
      const threadsNow = () => readdirSync('/proc/self/task').length;
      const before = process.platform === 'linux' ? threadsNow() : 0;
      const pool = threads(url, { maxThreads: 2, spareThreads: 1, idleTimeoutMs: 60_000 });
      await pool.ready();
      await firstValueFrom(pool.tasks.exit(1)).catch(() => undefined);
      await pool.close();
      // The system lists a thread for a moment after it has been joined.
      while (process.platform === 'linux' && threadsNow() > before) await new Promise((resolve) => setImmediate(resolve));
      console.log('no more threads', process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|MessagePort|Worker/.test(kind)).join());`);
    expect({ code, out }).toEqual({ code: 0, out: 'no more threads \n' });
  });

  it('that only imports the package loads neither piscina nor threads; one that makes a pool, piscina, when it has time', async () => {
    const { code, out } = await runProgram(`
      import { createRequire } from 'node:module';
      import { readdirSync } from 'node:fs';
      const cached = () => Object.keys(createRequire(url).cache).some((file) => file.includes('piscina'));
      const threadsNow = () => process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
      const threadsBefore = threadsNow();
      const imported = cached();
      const pool = threads(url);
      const made = cached();
      await new Promise((resolve) => setImmediate(resolve));
      console.log(imported, made, cached(), threadsNow() - threadsBefore);`);
    expect({ code, out }).toEqual({ code: 0, out: 'false false true 0\n' });
  });

  it('under a TypeScript loader finds and runs tasks.ts for tasks.js', async () => {
    const { code, out } = await runProgram(
      `
      const pool = threads(new URL('./only-typescript.js', url), { maxThreads: 1 });
      console.log(pool.name, await firstValueFrom(pool.tasks.add(1, 2)));`,
      ['--no-warnings', '--import', fixture('typescript-loader.mjs').href],
    );
    expect({ code, out }).toEqual({ code: 0, out: 'threads(only-typescript.ts) 3\n' });
  });
});
