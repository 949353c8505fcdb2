import { isAbsolute } from 'node:path';
import { threads, type ThreadPool, type ThreadsOptions } from 'rxjs-background/node';
import { afterEach } from 'vitest';
import type * as tasks from '../fixtures/tasks.mjs';

const open = new Set<ThreadPool<object>>();

afterEach(async () => {
  await Promise.all([...open].map((pool) => pool.close({ force: true }).catch(() => undefined)));
  open.clear();
});

/** A fixture's URL. */
export function fixture(file: string): URL {
  return new URL(`../fixtures/${file}`, import.meta.url);
}

/** A pool of the usual task module, closed after the test. */
export function taskPool(options?: ThreadsOptions): ThreadPool<typeof tasks> {
  return poolOf<typeof tasks>('tasks.mjs', options);
}

/** A pool of another fixture, or of any file, closed after the test. */
export function poolOf<M extends object>(file: string, options?: ThreadsOptions): ThreadPool<M> {
  const pool = threads<M>(isAbsolute(file) ? file : fixture(file), options);
  open.add(pool);
  return pool;
}
