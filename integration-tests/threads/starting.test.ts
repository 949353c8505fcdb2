import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { MessagePort } from 'node:worker_threads';
import { lastValueFrom } from 'rxjs';
import { WorkerCrashError, WorkerStartError } from 'rxjs-background';
import type { ThreadPool, ThreadsOptions } from 'rxjs-background/node';
import { recordedCall } from 'rxjs-background/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { runProgram } from '../support/program.js';
import { poolOf, taskPool } from '../support/task-pool.js';

interface Adding {
  add(a: number, b: number): number;
}
/** What a thread is sent to run. */
interface Sent {
  readonly task: {
    readonly program: { readonly text: string; readonly file: string; readonly compiled?: Uint8Array };
  };
}

/** Modules that no compiler would let pass. */
const broken: Readonly<Record<string, string>> = {
  'missing-import.mjs': "import './nobody-is-here.mjs';\nexport const add = (a, b) => a + b;",
  'not-javascript.mjs': 'export const = 1;',
};
function adding(file: string, options: ThreadsOptions = { maxThreads: 1 }): ThreadPool<Adding> {
  const source = broken[file];
  if (source === undefined) return poolOf<Adding>(file, options);
  writeFileSync(join(folder, file), source);
  return poolOf<Adding>(join(folder, file), options);
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loads-'));
  process.env['LOADS_LOG'] = join(folder, 'log');
});
afterEach(() => {
  delete process.env['LOADS_LOG'];
  rmSync(folder, { recursive: true, force: true });
});
/** How often a module was loaded. */
const loads = (): number => {
  const log = join(folder, 'log');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
};

describe('a worker that cannot start', () => {
  it.each([
    ['throws-on-load.mjs', /loading the task module file:.* failed with RangeError: not today/, 'RangeError'],
    [
      'nobody-is-here.mjs',
      /failed with Error: Cannot find module.*Check the URL given to threads\(\): new URL\(/,
      'Error',
    ],
    ['missing-import.mjs', /failed with Error: Cannot find module.*mjs\. Check the imports of that file\.$/, 'Error'],
    ['not-javascript.mjs', /failed with SyntaxError/, 'SyntaxError'],
    ['exits-on-load.mjs', /process\.exit\(3\) was called in it.*when it is loaded/, undefined],
  ])('fails its calls: %s', async (file, message, cause) => {
    const pool = adding(file);
    const call = recordedCall(pool, 'add', [1, 1], { index: 2 });
    const { error } = (await call.outcome) as { error: Error };
    expect(error).toBeInstanceOf(WorkerStartError);
    expect(error).toMatchObject({ code: 'ERR_WORKER_START' });
    expect(error.message).toContain(`task 'add' (index 2) on threads(${file}): no worker could be started`);
    expect(error.message).toMatch(message);
    expect((error.cause as Error | undefined)?.name).toBe(cause);
    // It never ran.
    expect(call.told).toEqual(['failed']);
    expect(pool.free).toBe(1);
  });

  it('because its module never finishes loading fails after startTimeoutMs', async () => {
    const pool = adding('never-loads.mjs', { maxThreads: 1, startTimeoutMs: 150 });
    const error = (await failureOf(pool.tasks.add(1, 1))) as Error;
    expect(error).toBeInstanceOf(WorkerStartError);
    expect(error.message).toMatch(/was not loaded within 150 ms.*top-level await/);
  });

  it('is tried three times in a row, once more for each later call, and not otherwise', async () => {
    const pool = adding('throws-on-load.mjs');
    const calls = [recordedCall(pool, 'add', [1, 1]), recordedCall(pool, 'add', [1, 1])];
    for (const { outcome } of calls)
      expect(((await outcome) as { error: unknown }).error).toBeInstanceOf(WorkerStartError);
    expect(loads()).toBe(3);
    await failureOf(pool.tasks.add(1, 1));
    expect(loads()).toBe(4);
    await pool.close();
    expect(loads()).toBe(4);
  });

  it('at first, but then can, is not noticed', async () => {
    const pool = adding('loads-at-last.mjs');
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
    expect(loads()).toBe(3);
  });

  it('makes ready() reject', async () => {
    const pool = adding('throws-on-load.mjs', { maxThreads: 2, spareThreads: 1 });
    const error: unknown = await pool.ready().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerStartError);
    expect((error as Error).message).toMatch(/^threads\(throws-on-load\.mjs\): no worker could be started/);
  });

  it('because it dies whenever it is idle is not started for ever', async () => {
    const pool = adding('dies-when-idle.mjs');
    await pool.ready().catch(() => undefined);
    // Whatever came first, calls settle, one way or the other.
    for (let i = 0; i < 5; i++) await recordedCall(pool, 'add', [1, 1]).outcome;
    await pool.close();
    expect(loads()).toBeLessThanOrEqual(15);
  });

  it('because it dies before its first call begins, each time, fails its calls', async () => {
    const pool = adding('dies-before-its-first-call.mjs');
    await pool.ready();
    const { error } = (await recordedCall(pool, 'add', [1, 1]).outcome) as { error: unknown };
    expect(error).toBeInstanceOf(WorkerStartError);
    expect(loads()).toBe(3);
  });

  it('or dies with what was moved to it cannot get that again', async () => {
    const pool = adding('dies-before-its-first-call.mjs');
    await pool.ready();
    const bytes = new ArrayBuffer(8);
    const { error } = (await recordedCall(pool, 'add', [bytes, 1], { transfer: [bytes] }).outcome) as {
      error: unknown;
    };
    expect(error).toBeInstanceOf(WorkerCrashError);
    expect(bytes.byteLength).toBe(0);
  });

  it('for want of memory fails its calls', async () => {
    const pool = taskPool({
      maxThreads: 1,
      resourceLimits: { maxOldGenerationSizeMb: 4, maxYoungGenerationSizeMb: 1 },
    });
    const { error } = (await recordedCall(pool, 'add', [1, 1]).outcome) as { error: unknown };
    expect(error).toBeInstanceOf(WorkerStartError);
  });
});

describe('a worker that starts', () => {
  it('gets the program as an earlier one has compiled it', async () => {
    const post = vi.spyOn(MessagePort.prototype, 'postMessage');
    const programs = (): Sent['task']['program'][] =>
      post.mock.calls
        .map(([message]) => (message as Partial<Sent>).task?.program)
        .filter((program) => program !== undefined);
    try {
      await vi.waitFor(async () => {
        expect(await lastValueFrom(taskPool({ maxThreads: 1 }).tasks.add(1, 1))).toBe(2);
        expect(programs().at(-1)?.compiled).toBeDefined();
      }, 20_000);
      const { text, file: filename, compiled: cachedData } = programs().at(-1)!;
      expect(new Script(text, { filename, cachedData }).cachedDataRejected).toBe(false);
    } finally {
      post.mockRestore();
    }
  });
});

describe('a CommonJS task module', () => {
  /** Asks pools of one thread for `calls`, in a process without the options of this one, and shows the outcomes. */
  const outcomesOf = async (
    source: string | undefined,
    calls: string,
    nodeOptions: readonly string[] = [],
  ): Promise<unknown> => {
    const file = join(folder, 'tasks.cjs');
    if (source !== undefined) writeFileSync(file, source);
    const { ended } = runProgram(
      `import { threads } from 'rxjs-background/node';
       import { lastValueFrom } from 'rxjs';
       delete process.env.NODE_OPTIONS;
       const { tasks } = threads(${JSON.stringify(file)}, { maxThreads: 1 });
       const outcomes = await Promise.allSettled([${calls}].map((call) => lastValueFrom(call)));
       console.log(JSON.stringify(outcomes.map(({ value, reason }) => value ?? reason.message)));`,
      nodeOptions,
    );
    const { output } = await ended;
    return JSON.parse(output) as unknown;
  };

  it.each([
    ['one by one', 'exports.add = (a, b) => a + b;', 'tasks.add(1, 2)', 3],
    ['in an object', 'module.exports = { add: (a, b) => a + b };', 'tasks.add(1, 2)', 3],
    ['as a function', 'module.exports = (a, b) => a + b;', 'tasks.default(1, 2)', 3],
    [
      'by a getter, as compilers do',
      "Object.defineProperty(exports, 'add', { enumerable: true, get: () => (a, b) => a + b });",
      'tasks.add(1, 2)',
      3,
    ],
  ])('may export its tasks %s', async (_, source, call, result) => {
    expect(await outcomesOf(source, call)).toEqual([result]);
  });

  it('may export a getter that throws, and still tells which tasks there are', async () => {
    const source = `exports.add = (a, b) => a + b;
      Object.defineProperty(exports, 'bad', { enumerable: true, get() { throw new Error('no'); } });`;
    expect(await outcomesOf(source, 'tasks.add(1, 2), tasks.missing()')).toEqual([
      3,
      "threads(tasks.cjs) has no task 'missing'; its module must export it as a function of its own. It has: add.",
    ]);
  });

  it('is required, since an import takes four times as long', async () => {
    const source = `exports.loader = () => process.moduleLoadList.includes('NativeModule internal/modules/esm/load');`;
    expect(await outcomesOf(source, 'tasks.loader()')).toEqual([false]);
  });

  it('is imported where its name only leads to an ES module', async () => {
    const source = `export const loader = () => process.moduleLoadList.includes('NativeModule internal/modules/esm/load');`;
    writeFileSync(join(folder, 'real.mjs'), source);
    symlinkSync(join(folder, 'real.mjs'), join(folder, 'tasks.cjs'));
    expect(await outcomesOf(undefined, 'tasks.loader()')).toEqual([true]);
  });

  it('is imported where a loader has a say in it', async () => {
    const hooks = `export async function load(url, context, next) {
      return url.endsWith('/tasks.cjs')
        ? { format: 'commonjs', source: "exports.name = () => 'changed';", shortCircuit: true }
        : next(url, context);
    }`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
    const source = "exports.name = () => 'as it was';";
    expect(await outcomesOf(source, 'tasks.name()', ['--import', dataUrl(register)])).toEqual(['changed']);
  });

  it.each([
    ['throws when it is loaded', "throw new RangeError('not today');", /failed with RangeError: not today/],
    ['is no JavaScript', 'const = 1;', /failed with SyntaxError/],
    ['is not there', undefined, /Cannot find module.*Check the URL given to threads\(\)/],
  ])('that %s fails its calls', async (_, source, message) => {
    expect(await outcomesOf(source, 'tasks.add(1, 2)')).toEqual([expect.stringMatching(message)]);
  });
});

function dataUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}
