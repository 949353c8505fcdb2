import { of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as api from '../../src/index.js';
import type { Executor } from '../../src/executors/executor.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';

const platform = vi.hoisted(() => ({ made: [] as { maxThreads: number | undefined; resized: number[] }[] }));

vi.mock('#default-executor', () => ({
  makeDefaultExecutor: (maxThreads?: number) => {
    const made = { maxThreads, resized: [] as number[] };
    platform.made.push(made);
    return {
      name: 'the platform',
      capacity: maxThreads ?? 4,
      free: 1,
      crossesBoundary: true,
      execute: (call: { args: unknown[] }, listener: { started(): void; result(value: unknown): void }) => {
        listener.started?.();
        listener.result(['platform', ...call.args]);
        return () => undefined;
      },
      onRoom: () => () => undefined,
      resize: (options: { maxThreads: number }) => made.resized.push(options.maxThreads),
    };
  },
}));

/** The module keeps the default executor for the whole program: each test gets a program of its own. */
async function freshProgram(): Promise<typeof api> {
  vi.resetModules();
  platform.made.length = 0;
  return await import('../../src/index.js');
}

afterEach(() => {
  vi.resetModules();
});

describe('the default executor', () => {
  it('is made when a plain function first needs it, and once', async () => {
    const { backgroundMap, inline } = await freshProgram();
    const here = inline({ double: (n: number) => 2 * n });
    of(1).pipe(backgroundMap(here.tasks.double)).subscribe();
    expect(platform.made).toHaveLength(0);
    const seen: unknown[] = [];
    for (const n of [1, 2]) {
      of(n)
        .pipe(backgroundMap((v: number) => v))
        .subscribe((v) => seen.push(v));
    }

    expect(platform.made).toEqual([{ maxThreads: undefined, resized: [] }]);
    expect(seen).toEqual([
      ['platform', 1],
      ['platform', 2],
    ]);
  });

  it('gets the number of threads that was set before it is made', async () => {
    const { backgroundMap, configureDefault } = await freshProgram();
    configureDefault({ maxThreads: 2 });
    expect(platform.made).toHaveLength(0);
    backgroundMap((v: number) => v);

    expect(platform.made).toEqual([{ maxThreads: 2, resized: [] }]);
  });

  it('is resized when the number is set later', async () => {
    const { backgroundMap, configureDefault } = await freshProgram();
    backgroundMap((v: number) => v);
    configureDefault({ maxThreads: 3 });
    configureDefault({ maxThreads: 1 });

    expect(platform.made).toEqual([{ maxThreads: undefined, resized: [3, 1] }]);
  });

  it('can be another, such as inline(), which puts plain functions into marble time', async () => {
    const { backgroundMap, configureDefault, inline } = await freshProgram();
    configureDefault({ executor: inline(undefined, { capacity: 2 }) });

    marbles(({ hot, expectObservable }) => {
      const source = hot(' -ab|');
      const expected = '   ----a(b|)';

      expectObservable(source.pipe(backgroundMap((v: string) => later(3, v)))).toBe(expected);
    })();
    expect(platform.made).toHaveLength(0);
  });

  it('is taken when the operator is made: what runs already stays where it is', async () => {
    const { backgroundMap, configureDefault, inline } = await freshProgram();
    configureDefault({ executor: inline() });
    const before = backgroundMap((v: number) => v);
    configureDefault({ executor: { ...fake('other') } });
    const seen: unknown[] = [];
    of(1)
      .pipe(before)
      .subscribe((v) => seen.push(v));
    of(1)
      .pipe(backgroundMap((v: number) => v))
      .subscribe((v) => seen.push(v));

    expect(seen).toEqual([1, 'other']);
  });

  it('gives way to the executor option', async () => {
    const { backgroundMap, inline } = await freshProgram();
    const seen: unknown[] = [];
    of(1)
      .pipe(backgroundMap((v: number) => -v, { executor: inline() }))
      .subscribe((v) => seen.push(v));

    expect(seen).toEqual([-1]);
    expect(platform.made).toHaveLength(0);
  });

  it('ignores the number of threads where another executor was set', async () => {
    const { configureDefault, inline } = await freshProgram();
    configureDefault({ executor: inline() });

    expect(() => configureDefault({ maxThreads: 2 })).not.toThrow();
  });

  it.each([
    [{}, /configureDefault: maxThreads/],
    [{ maxThreads: 0 }, /configureDefault: maxThreads must be .* but it is 0/],
    [{ maxThreads: 1.5 }, /configureDefault: maxThreads must be .* but it is 1.5/],
    [{ maxThreads: Infinity }, /configureDefault: maxThreads must be .* but it is Infinity/],
    [{ executor: 'threads' }, /configureDefault: executor must be .* but it is 'threads'/],
    [{ executor: null }, /configureDefault: executor must be .* but it is null/],
    [{ executor: {} }, /configureDefault: executor.execute must be .* but it is undefined/],
    [{ threads: 2 }, /configureDefault: there is no option 'threads' \(got 2\)/],
    [undefined, /configureDefault: options must be an object, but they are undefined/],
  ])('refuses %j', async (options, message) => {
    const { configureDefault } = await freshProgram();

    expect(() => configureDefault(options as never)).toThrow(message);
  });

  it('refuses maxThreads together with an executor, by name', async () => {
    const { configureDefault, inline } = await freshProgram();

    expect(() => configureDefault({ maxThreads: 2, executor: inline() })).toThrow(
      /configureDefault: maxThreads .*executor/,
    );
  });
});

function fake(result: string): Executor {
  return {
    name: 'fake',
    capacity: 1,
    free: 1,
    crossesBoundary: false,
    execute: (_call, listener) => {
      listener.started?.();
      listener.result(result);
      return () => undefined;
    },
    onRoom: () => () => undefined,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
