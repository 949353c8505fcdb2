import { from, lastValueFrom, toArray } from 'rxjs';
import { backgroundMap, configureDefault, TaskCloneError, TaskNotFoundError, type TaskFunction } from 'rxjs-background';
import { recordedCall } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import { taskPool } from '../support/task-pool.js';

async function run(task: TaskFunction, ...args: unknown[]): Promise<unknown> {
  const outcome = await recordedCall(taskPool({ maxThreads: 1 }), task, args).outcome;
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
const failing = (task: TaskFunction, ...args: unknown[]): Promise<Error> =>
  run(task, ...args).then(
    () => new Error('it ran'),
    (error: unknown) => error as Error,
  );

describe('a self-contained function', () => {
  it('runs from its text, whatever kind it is', async () => {
    expect(await run((a: number, b: number) => a + b, 1, 2)).toBe(3);
    expect(await run(async (a: number) => Promise.resolve(a + 1), 1)).toBe(2);
    expect(
      await run(function named(n: number): number {
        return n < 2 ? 1 : n * named(n - 1);
      }, 5),
    ).toBe(120);

    expect(await run((0, eval)('(a) => a // the end') as TaskFunction, 6)).toBe(6);
  });

  it('may import what it needs', async () => {
    const hash = async (text: string): Promise<string> => {
      const { createHash } = await import('node:crypto');
      return createHash('sha1').update(text).digest('hex');
    };
    expect(await run(hash, 'abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  });

  it('finds what compilers add', async () => {
    const compiled = (0, eval)(
      '(x) => { const f = /* @__PURE__ */ __name((y) => y * 2, "f"); return f.name + f(x); }',
    ) as TaskFunction;
    expect(await run(compiled, 4)).toBe('f8');
  });

  it('is strict, as its module was', async () => {
    expect(
      await run(function (this: unknown) {
        return this === undefined;
      }),
    ).toBe(true);
  });

  it('that needs a variable around it fails with advice', async () => {
    const limit = 3;
    const error = await failing((n: number) => n > limit, 4);
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.message).toMatch(
      /^limit is not defined where the function runs: .*Pass limit as an argument \(`args`\).*task module/,
    );
    expect(error.cause).toMatchObject({ message: 'limit is not defined' });
  });

  it('that needs an import of its module fails with advice', async () => {
    const error = await failing(() => lastValueFrom(from([1])));
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.message).toMatch(/ is not defined where the function runs/);
  });

  it.each([
    ['./file.js', "Cannot find module '.*file.js'"],
    ['no-such-package', "Cannot find package 'no-such-package'"],
  ])('that imports what is not there fails with advice: %s', async (specifier, message) => {
    const error = await failing((file: string) => import(file), specifier);
    expect(error).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    expect(error.message).toMatch(new RegExp(`^${message} .*such as new URL\\('./file.js', import.meta.url\\).href`));
    expect(error.stack).toContain(error.message);
  });

  it('keeps a ReferenceError of its own', async () => {
    const error = await failing(() => {
      throw new ReferenceError('no such row');
    });
    expect(error.message).toBe('no such row');
  });

  it.each<[string, TaskFunction, RegExp]>([
    ['built in', Math.max, /the function max cannot be sent to a worker as text: it is built in/],
    ['bound', ((a: number) => a).bind(null), /it is bound/],
    [
      'a class',
      class Row {
        id = 0;
      } as unknown as TaskFunction,
      /the function Row cannot run as a task: it is a class/,
    ],
    [
      'a method',
      {
        twice(n: number) {
          return n * 2;
        },
      }.twice,
      /the function twice .* it is a method.*arrow function/,
    ],
    [
      'an async method',
      {
        async afterwards() {
          await Promise.resolve();
        },
      }.afterwards,
      /the function afterwards .* it is a method/,
    ],
  ])('is refused with advice when it is %s', async (_, task, message) => {
    const error = await failing(task);
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toMatch(message);
  });

  it('is refused with advice when it uses import.meta', async () => {
    // Not in this file, whose text is not what was written.
    const written = 'data:text/javascript,export const here = () => import.meta.url';
    const { here } = (await import(written)) as { here: TaskFunction };
    const error = await failing(here);
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toMatch(/the function here cannot be sent .*: it uses import.meta.* as an argument/);
  });

  it('is named in messages', async () => {
    const explode = (): never => process.exit(1);
    expect((await failing(explode)).message).toMatch(/^the function explode: the worker of threads/);
  });
});

describe('the default executor', () => {
  it('runs plain functions, keeps order, and can be resized', async () => {
    configureDefault({ maxThreads: 2 });
    const squares = await lastValueFrom(
      from([1, 2, 3, 4]).pipe(
        backgroundMap((n: number) => n * n),
        toArray(),
      ),
    );
    expect(squares).toEqual([1, 4, 9, 16]);
  });

  it('has no named tasks', async () => {
    const { makeDefaultExecutor } = await import('#default-executor');
    const executor = makeDefaultExecutor();
    const { error } = (await recordedCall(executor, 'add', []).outcome) as { error: unknown };
    expect(error).toBeInstanceOf(TaskNotFoundError);
    await executor.close();
  });
});
