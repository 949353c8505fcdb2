// The embedded database, as a task module: PGlite is synchronous WASM, so it gets a thread of its own, where its SQL
// stalls neither the progress bar nor Ctrl-C. The open database is this module's state.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { currentTask } from 'rxjs-background/worker';

let opening: Promise<PGlite> | undefined;
let lockFile: string | undefined;

export async function query(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
  opening ??= open(currentTask().data as string);
  const database = await opening;
  return (await database.query(sql, [...parameters])).rows;
}

/** Called when the executor closes in peace. */
export async function dispose(): Promise<void> {
  const database = await opening?.catch(() => undefined);
  await database?.close();
  if (lockFile !== undefined) await rm(lockFile, { force: true });
}

async function open(directory: string): Promise<PGlite> {
  await mkdir(dirname(directory), { recursive: true });
  await lock(`${directory}.lock`, directory);
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    // Made elsewhere and then renamed: a process killed meanwhile leaves no half of a database behind.
    const unfinished = `${directory}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await (await PGlite.create(unfinished)).close();
    await rename(unfinished, directory);
  }
  return PGlite.create(directory);
}

/** Two processes in one directory would ruin it, and PGlite does not guard it. A lock outlives its process harmlessly. */
async function lock(file: string, directory: string): Promise<void> {
  const owner = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (owner !== process.pid && owner > 0 && isAlive(owner)) {
    throw new Error(
      `${directory} is in use by process ${String(owner)}; wait for it, or choose another directory with --data`,
    );
  }
  await writeFile(file, String(process.pid));
  lockFile = file;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
