import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from 'vitest';

// Inside the package, so that programs find it under its own name.
const build = fileURLToPath(new URL('../../build', import.meta.url));
const running = new Set<ChildProcess>();
let folder = '';
let programs = 0;

beforeAll(() => {
  mkdirSync(build, { recursive: true });
  folder = mkdtempSync(join(build, 'programs-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** How a program has ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** A program that runs in a process, and a process group, of its own. */
export interface Program {
  readonly ended: Promise<ProgramEnd>;
  /** Resolves when its output contains `text`; rejects when it ends without that. */
  shows(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** As a terminal does: to the whole process group. */
  killGroup(signal: NodeJS.Signals): void;
}

/** Runs the text of a program, which can import the package as a user does. */
export function runProgram(source: string, nodeOptions: readonly string[] = []): Program {
  return runCommand([process.execPath, ...nodeOptions, programFile(source)]);
}

/** Writes the text of a program to a file. */
export function programFile(source: string): string {
  const file = join(folder, `program-${String(++programs)}.mjs`);
  writeFileSync(file, source);
  return file;
}

export function runCommand(
  [command = '', ...args]: readonly string[],
  { cwd = folder, env = process.env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Program {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, output });
    });
  });
  return {
    ended,
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve();
        };
        watchers.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`It ended without showing '${text}':\n${output}`));
        });
      }),
    kill: (signal) => child.kill(signal),
    killGroup: (signal) => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
  };
}
