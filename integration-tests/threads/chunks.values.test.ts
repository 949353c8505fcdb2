import { AsyncLocalStorage } from 'node:async_hooks';
import { from, lastValueFrom, map, range, Subject, tap, toArray, type Observable } from 'rxjs';
import { backgroundMap, fromPull } from 'rxjs-background';
import type { ThreadPool } from 'rxjs-background/node';
import { describe, expect, it } from 'vitest';
import type * as chunkTasks from '../fixtures/chunk-tasks.mjs';
import { failureOf } from '../support/failure-of.js';
import { poolOf } from '../support/task-pool.js';

const pool = (maxThreads = 2): ThreadPool<typeof chunkTasks> => poolOf('chunk-tasks.mjs', { maxThreads });
const all = <T>(values$: Observable<T>): Promise<T[]> => lastValueFrom(values$.pipe(toArray()));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const named = (x: unknown): string => (Object.is(x, -0) ? '-0' : `${typeof x} ${String(x)}`);
const sizes = ['auto', 1, 7, 1024] as const;

describe('values in chunks', () => {
  const numbers = [NaN, -0, 0, Infinity, -Infinity, 1e308, Number.MIN_VALUE, 2 ** 53, -1.5];
  const mixed = [...numbers, undefined, null, 5n, '', 'text', true, [], {}, new Date(0), new Map([[1, 2]]), numbers];

  it.each(sizes)('arrive and come back as they are, %s at a time', async (chunkSize) => {
    const { tasks } = pool();
    for (const values of [numbers, mixed, [...upTo(100), ...mixed, ...upTo(100)]]) {
      const many = Array.from({ length: 20 }, () => values).flat();
      expect(await all(from(many).pipe(backgroundMap(tasks.same, { chunkSize })))).toEqual(many);
      expect(await all(from(many).pipe(backgroundMap(tasks.sameLater, { chunkSize })))).toEqual(many);
      const names = many.map(named);
      expect(await all(from(many).pipe(backgroundMap(tasks.nameOf, { chunkSize })))).toEqual(names);
    }
  });

  it.each(sizes)('keep their order, or none, %s at a time, also where some come later', async (chunkSize) => {
    const { tasks } = pool();
    const values = upTo(3000);
    expect(await all(from(values).pipe(backgroundMap(tasks.mixedLater, { chunkSize })))).toEqual(values);
    const unordered = await all(from(values).pipe(backgroundMap(tasks.mixedLater, { chunkSize, ordered: false })));
    expect(unordered.sort((a, b) => a - b)).toEqual(values);
  });

  it.each([1, 2, 3])('come with maxPending %i, and never more of them are pending', async (maxPending) => {
    const { tasks } = pool();
    let inside = 0;
    let most = 0;
    const values = fromPull(upTo(500)).pipe(
      tap(() => (most = Math.max(most, ++inside))),
      backgroundMap(tasks.next, { maxPending }),
      tap(() => inside--),
    );
    expect(await all(values)).toEqual(upTo(501).slice(1));
    expect(most).toBeLessThanOrEqual(maxPending);
  });

  it('leave behind what finds the call that left it, and not those after it', async () => {
    const { tasks } = pool(1);
    expect(await all(from(upTo(5000)).pipe(backgroundMap(tasks.leaves)))).toHaveLength(5000);
    const found = await lastValueFrom(tasks.whatWasFound());
    expect(found).toHaveLength(6 * 50);
    // Calls are numbered from 1.
    expect(found.filter(({ n, serial, ended }) => serial !== n + 1 || !ended)).toEqual([]);
  });

  it.each([1, 2, undefined])('come back in when the consumer feeds them back: maxPending %s', async (maxPending) => {
    const { tasks } = pool();
    const numbers$ = new Subject<number>();
    const doubled$ = numbers$.pipe(
      backgroundMap(tasks.same, maxPending === undefined ? {} : { maxPending }),
      map(Number),
      tap((n) => {
        if (n < 100) numbers$.next(n + 3);
        else if (n === 102) numbers$.complete();
      }),
    );
    const seen = all(doubled$);
    for (const n of [0, 1, 2]) numbers$.next(n);
    expect(await seen).toEqual(upTo(103));
  });

  it('take their arguments from a list, or a function of each', async () => {
    const { tasks } = pool();
    const task = tasks.all as never;
    expect(await all(range(0, 100).pipe(backgroundMap(task, { args: ['a', 'b'] as never, chunkSize: 32 })))).toEqual(
      upTo(100).map((n) => [n, 'a', 'b']),
    );
    const each = (n: number, index: number): unknown[] => (n % 2 === 0 ? [index, { n }] : []);
    expect(await all(range(0, 100).pipe(backgroundMap(task, { args: each, chunkSize: 32 })))).toEqual(
      upTo(100).map((n) => [n, ...each(n, n)]),
    );
  });

  it('that args throws for fail alone, with the others beside them', async () => {
    const { tasks } = pool();
    const args = (n: number): [] => {
      if (n % 7 === 3) throw new RangeError(`no ${String(n)}`);
      return [];
    };
    const records = await all(
      range(0, 100).pipe(backgroundMap(tasks.next as never, { args: args, onError: 'settle' })),
    );
    expect(records).toMatchObject(
      upTo(100).map((n) => (n % 7 === 3 ? { reason: { message: `no ${String(n)}` }, input: n } : { value: n + 1 })),
    );
  });

  it('go through plain functions', async () => {
    const executor = pool();
    const twice = (n: number): number => 2 * n;
    expect(await all(range(0, 2000).pipe(backgroundMap(twice, { executor })))).toEqual(upTo(2000).map(twice));
  });

  it('are told where their subscriber is', async () => {
    const { tasks } = pool();
    const request = new AsyncLocalStorage<string>();
    const seenBy = (name: string): Promise<Set<string | undefined>> =>
      request.run(
        name,
        () =>
          new Promise((resolve, reject) => {
            const seen = new Set<string | undefined>();
            const add = (): void => void seen.add(request.getStore());
            range(0, 3000)
              .pipe(
                backgroundMap(tasks.next, {
                  select: (n) => {
                    add();
                    return n;
                  },
                }),
              )
              .subscribe({
                next: add,
                error: reject,
                complete: () => {
                  add();
                  resolve(seen);
                },
              });
          }),
      );
    expect(await Promise.all(['a', 'b'].map(seenBy))).toEqual([new Set(['a']), new Set(['b'])]);
  });

  it('are named by their position in messages', async () => {
    const { tasks } = pool();
    const cells = new Int32Array(new SharedArrayBuffer(400));
    const failing = (how: string): Promise<unknown> =>
      failureOf(range(0, 100).pipe(backgroundMap(tasks.mostlyGood, { chunkSize: 50, args: [cells, 33, how] })));
    expect(await failing('exit')).toMatchObject({ message: expect.stringContaining('(index 33)') as string });
    expect(await failing('uncloneable')).toMatchObject({ message: expect.stringContaining('(index 33)') as string });
    expect(await failing('stream')).toMatchObject({ message: expect.stringContaining('(index 33)') as string });
    const error = (await failing('throw')) as Error;
    expect(error).toMatchObject({ name: 'RangeError', message: 'bad' });
    expect(error.stack).toContain("task 'mostlyGood' (index 33)");
    expect(error.stack).toContain('chunks.values.test');
  });
});

describe('objects in chunks', () => {
  it('that come twice are two: a task changes what it is given for itself', async () => {
    const { tasks } = pool(1);
    const value = { n: 1 };
    const values = Array.from({ length: 50 }, () => value);
    expect(await all(from(values).pipe(backgroundMap(tasks.increase, { chunkSize: 50 })))).toEqual(values.map(() => 2));
    expect(value).toEqual({ n: 1 });
  });

  it('that come twice among numbers are two, as well', async () => {
    const { tasks } = pool(1);
    const value = { n: 1 };
    const values = [0, value, 0.5, value, value];
    // A number fails, as it has no `n`.
    const increased$ = from(values).pipe(backgroundMap(tasks.increase as never, { chunkSize: 5, onError: 'skip' }));
    expect(await all(increased$)).toEqual([2, 2, 2]);
  });

  it.each(sizes)(
    'that a task fills again for each result are as they were returned, %s at a time',
    async (chunkSize) => {
      const { tasks } = pool(1);
      const results = await all(range(0, 300).pipe(backgroundMap(tasks.reused, { chunkSize })));
      expect(results.map(([n]) => n)).toEqual(upTo(300));
    },
  );
});

describe('buffers in chunks', () => {
  it('are never taken from the caller unasked', async () => {
    const { tasks } = pool();
    const buffers = upTo(200).map((n) => new Uint8Array(n));
    expect(await all(from(buffers).pipe(backgroundMap(tasks.lengthOf)))).toEqual(upTo(200));
    expect(buffers.map(({ byteLength }) => byteLength)).toEqual(upTo(200));
  });

  it.each(sizes)('that are large stay with whoever sent them, here and there, %s at a time', async (chunkSize) => {
    const { tasks } = pool(1);
    const buffers = upTo(30).map((n) => new Uint8Array(100_000).fill(n));
    const values = buffers.map((data, n) => (n === 17 ? { data, f: upTo } : { data }));
    const records = await all(from(values).pipe(backgroundMap(tasks.largeReused, { chunkSize, onError: 'settle' })));
    expect(
      records.map((record) => {
        if (record.status === 'rejected') return (record.reason as Error).message;
        return [record.value.byteLength, record.value[0], record.value.at(-1)];
      }),
    ).toEqual(
      upTo(30).map((n) =>
        n === 17 ? (expect.stringContaining('argument 1 .f is a function') as unknown) : [100_000, n, n],
      ),
    );
    expect(buffers.map((data) => [data.byteLength, data[0]])).toEqual(upTo(30).map((n) => [100_000, n]));
  });

  it('move where the caller says so, and are gone here', async () => {
    const { tasks } = pool();
    const buffers = upTo(50).map((n) => new Uint8Array(n + 1));
    const transfer = ({ buffer }: Uint8Array): object[] => [buffer];
    expect(await all(from(buffers).pipe(backgroundMap(tasks.lengthOf, { transfer })))).toEqual(upTo(51).slice(1));
    expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true);
  });

  it('that are named twice to be moved fail alone', async () => {
    const { tasks } = pool();
    const buffers = upTo(20).map(() => new Uint8Array(4));
    const records = await all(
      from(buffers).pipe(
        backgroundMap(tasks.lengthOf, {
          transfer: (bytes) => (bytes === buffers[7] ? [bytes.buffer, bytes.buffer] : [bytes.buffer]),
          onError: 'settle',
        }),
      ),
    );
    expect(records.map((record) => record.status === 'fulfilled')).toEqual(upTo(20).map((n) => n !== 7));
  });

  it.each(sizes)(
    'in results move when the task says so, and one that cannot fails alone, %s at a time',
    async (chunkSize) => {
      const { tasks } = pool(1);
      expect(
        await all(
          range(1, 100).pipe(
            backgroundMap(tasks.moved, { chunkSize }),
            map(({ byteLength }) => byteLength),
          ),
        ),
      ).toEqual(upTo(101).slice(1));
      const records = await all(
        range(0, 40).pipe(backgroundMap(tasks.movedTwice, { chunkSize, args: [17], onError: 'settle' })),
      );
      expect(records).toMatchObject(
        upTo(40).map((n) =>
          n === 17 ? { reason: { name: 'TaskCloneError' } } : { value: new Uint8Array([n, n, n, n]) },
        ),
      );
    },
  );
});
