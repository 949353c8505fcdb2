// What Node loads for the entry points: few files, and each module of ours once, however many entry points are imported.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../support/program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, string> };
const entries = Object.keys(exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => `rxjs-background${entry.slice(1)}`);

/** What a program has printed as JSON. */
async function resultOf(source: string): Promise<unknown> {
  const { output } = await runProgram(source).ended;
  try {
    return JSON.parse(output) as unknown;
  } catch {
    throw new Error(output);
  }
}

/** The files that a new process loads for an import, ours and others'. */
async function loadedBy(entry: string): Promise<{ readonly own: number; readonly others: number }> {
  const files = (await resultOf(
    `import { Session } from 'node:inspector';
     const session = new Session();
     session.connect();
     const files = [];
     session.on('Debugger.scriptParsed', ({ params: { url } }) => files.push(url));
     session.post('Debugger.enable');
     const before = files.length;
     await import('${entry}');
     console.log(JSON.stringify(files.slice(before).filter((url) => url.startsWith('file:') || url.startsWith('/'))));
     process.exit();`,
  )) as string[];
  const own = files.filter((file) => file.includes('/dist/') && !file.includes('/node_modules/'));
  return { own: own.length, others: files.length - own.length };
}

describe('an entry point', () => {
  it.each(entries)('loads a few files: %s', async (entry) => {
    const { own } = await loadedBy(entry);
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThanOrEqual(20);
  });

  it('of task modules loads next to nothing', async () => {
    expect(await loadedBy('rxjs-background/worker')).toEqual({ own: 2, others: 0 });
  });
});

describe('entry points', () => {
  it('have every module of ours once', () => {
    const homes = new Map<string, string[]>();
    for (const file of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js.map')) continue;
      const path = join(root, 'dist', file);
      const { sources } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] };
      for (const source of sources) {
        const module = join(dirname(path), source);
        homes.set(module, [...(homes.get(module) ?? []), file]);
      }
    }
    expect(homes.size).toBeGreaterThan(100);
    expect([...homes].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  it('share classes, the default executor and the running task', async () => {
    const shared = await resultOf(
      `import { configureDefault, DeadlockError, inline, TaskCloneError } from 'rxjs-background';
       import { background, DeadlockError as DeadlockOfJobs } from 'rxjs-background/jobs';
       import { threads } from 'rxjs-background/node';
       import { recordedCall } from 'rxjs-background/testing';
       import { currentTask } from 'rxjs-background/worker';
       import { firstValueFrom } from 'rxjs';
       const { tasks } = threads(${JSON.stringify(fileURLToPath(new URL('../fixtures/tasks.mjs', import.meta.url)))});
       const refused = await firstValueFrom(tasks.add(() => 1, 1)).catch((error) => error);
       const local = inline({});
       configureDefault({ executor: local });
       const here = background(() => currentTask().attempt);
       const call = recordedCall(inline({ attempt: () => currentTask().attempt }), 'attempt', []);
       console.log(JSON.stringify([
         DeadlockError === DeadlockOfJobs,
         refused instanceof TaskCloneError,
         await firstValueFrom(here()),
         (await call.outcome).value,
       ]));
       process.exit();`,
    );
    expect(shared).toEqual([true, true, 1, 1]);
  });
});
