import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { TaskCloneError } from 'rxjs-background';
import { threads, type ThreadsOptions } from 'rxjs-background/node';
import { describe, expect, it } from 'vitest';
import { fixture, poolOf, taskPool } from '../support/task-pool.js';

const url = fixture('tasks.mjs');
const opening = (options: unknown) => () => threads(url, options as ThreadsOptions);

describe('threads()', () => {
  it('has a name, a capacity and room at once', () => {
    const pool = threads(url);
    expect(pool).toMatchObject({
      name: 'threads(tasks.mjs)',
      capacity: availableParallelism(),
      free: availableParallelism(),
      crossesBoundary: true,
    });
  });

  it.each([
    [{ maxThreads: 0 }, RangeError, /maxThreads must be a whole number of at least 1, but it is 0/],
    [{ maxThreads: 1.5 }, RangeError, /maxThreads .* 1\.5/],
    [{ maxThreads: '2' }, TypeError, /maxThreads .* '2'/],
    [{ maxThreads: Infinity }, RangeError, /maxThreads .* Infinity/],
    [{ spareThreads: -1 }, RangeError, /spareThreads .* -1/],
    [{ idleTimeoutMs: -1 }, RangeError, /idleTimeoutMs .* -1/],
    [{ idleTimeoutMs: NaN }, RangeError, /idleTimeoutMs .* NaN/],
    [{ startTimeoutMs: 0 }, RangeError, /startTimeoutMs .* 0/],
    [{ startTimeoutMs: 2 ** 31 }, RangeError, /startTimeoutMs .* 2147483648/],
    [{ graceMs: '1' }, TypeError, /graceMs .* '1'/],
    [{ resourceLimits: 5 }, TypeError, /resourceLimits.* 5/],
    [{ resourceLimits: { maxOldGenerationSizeMb: 3 } }, RangeError, /resourceLimits: maxOldGenerationSizeMb .* 3/],
    [{ resourceLimits: { maxHeap: 1 } }, TypeError, /no option 'maxHeap'/],
    [{ maxThread: 2 }, TypeError, /no option 'maxThread' \(got 2\).*maxThreads/],
    [null, TypeError, /options must be an object/],
    [{ data: { a: [() => 1] } }, TaskCloneError, /data \.a\[0\] is a function/],
  ])('refuses %o when it is called', (options, error, message) => {
    expect(opening(options)).toThrow(error);
    expect(opening(options)).toThrow(message);
  });

  it.each([
    ['./tasks.js', /must not be relative.*'\.\/tasks\.js'.*import\.meta\.url/],
    ['tasks.js', /must not be relative/],
    ['https://example.org/tasks.js', /must be that of a file, but it is https:\/\/example\.org/],
    [new URL('data:text/javascript,export const a = 1'), /must be that of a file/],
    [42, /must be a URL or a string, but it is 42/],
    [undefined, /must be a URL or a string, but it is undefined/],
  ])('refuses the url %o with advice', (wrong, message) => {
    expect(() => threads(wrong as string)).toThrow(TypeError);
    expect(() => threads(wrong as string)).toThrow(message);
  });

  it.each([
    ['a URL', url],
    ['its text', url.href],
    ['an absolute path', fileURLToPath(url)],
  ])('takes %s', async (_, where) => {
    const pool = threads<{ add: (a: number, b: number) => number }>(where, { maxThreads: 1 });
    expect(await lastValueFrom(pool.tasks.add(1, 2))).toBe(3);
    await pool.close();
  });

  it('refuses a size that is none, when resized', () => {
    const pool = taskPool();
    expect(() => pool.resize({ maxThreads: 0 })).toThrow(/resize: maxThreads .* 0/);
    expect(() => pool.resize({} as never)).toThrow(/resize: maxThreads .* undefined/);
  });

  it('finds tasks.ts where there is no tasks.js', async () => {
    const pool = poolOf<{ add: (a: number, b: number) => number }>('only-typescript.js', { maxThreads: 1 });
    expect(pool.name).toBe('threads(only-typescript.ts)');
    // Where Node reads no TypeScript and there is no loader, it cannot run, and says so.
    const readsTypes = (process.features as { readonly typescript?: unknown }).typescript !== undefined;
    const sum = lastValueFrom(pool.tasks.add(1, 2));
    if (readsTypes) expect(await sum).toBe(3);
    else await expect(sum).rejects.toThrow('cannot load TypeScript by itself');
  });
});
