import { EMPTY, firstValueFrom, from, lastValueFrom, type Observable, of, range, take, toArray } from 'rxjs';
import {
  asyncMap,
  backgroundMap,
  ExecutorClosedError,
  inline,
  type Task,
  TaskCloneError,
  TaskTimeoutError,
  WorkerCrashError,
} from 'rxjs-background';
import type { ThreadsOptions } from 'rxjs-background/node';
import { Gate } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import * as tasks from '../fixtures/stream-tasks.mjs';
import { poolOf } from '../support/task-pool.js';

type Pool = ReturnType<typeof pool>;
const pool = (maxThreads = 1, options: ThreadsOptions = {}) =>
  poolOf<typeof tasks>('stream-tasks.mjs', { maxThreads, ...options });
const all = <T>(values$: Observable<T>): Promise<T[]> => lastValueFrom(values$.pipe(toArray()));
const failure = (values$: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(values$).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('a result that streams out of a thread', () => {
  it.each(['upTo', 'upToLater', 'promised', 'observed', 'timed'] as const)(
    'brings its values in order: %s',
    async (task) => {
      const { tasks: of } = pool();
      for (const length of [0, 1, 16, 17, 100]) expect(await all(of[task](length))).toEqual(upTo(length));
    },
  );

  it('is an Observable, an iterator or an async iterable, and nothing else', async () => {
    const { tasks } = pool();
    expect(await all(tasks.once())).toEqual(['only']);
    expect(await all(tasks.listed())).toEqual([[1, 2, 3]]);
  });

  it('brings each value as it is when it comes, though the task goes on with it', async () => {
    expect(await all(pool().tasks.reused())).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
  });

  it('moves what is marked', async () => {
    expect(await all(pool().tasks.moved())).toEqual([1, 2, 3].map((i) => new Uint8Array(8).fill(i)));
  });

  it('finds its task in every step', async () => {
    expect(await all(pool().tasks.context())).toEqual([1, 1, 1]);
  });

  it('of a function streams, too', async () => {
    const values$ = of(3).pipe(
      backgroundMap(function* (n: number) {
        for (let i = 0; i < n; i++) yield i;
      }),
    );
    expect(await all(values$)).toEqual([0, 1, 2]);
  });

  it('goes at the pace of its consumer, streamAhead values ahead', async () => {
    for (const streamAhead of [undefined, 1, 2, 5, 100]) {
      const ahead = streamAhead ?? 16;
      for (const task of ['endless', 'held'] as const) {
        const gate = new Gate();
        let let_ = (): void => undefined;
        const first = new Promise<void>((resolve) => (let_ = resolve));
        let taken = 0;
        const values$ = of(gate.cells).pipe(
          backgroundMap(pool().tasks[task], streamAhead === undefined ? {} : { streamAhead }),
          asyncMap(async (value) => {
            if (++taken === 1) await first;
            // Delivered, and as many again on their way.
            expect(gate.arrivals).toBeLessThanOrEqual(taken + ahead + 1);
            return value;
          }),
          take(30),
        );
        const brought = all(values$);
        await gate.arrived(ahead);
        let_();
        expect(await brought).toEqual(upTo(30));
        await gate.left();
      }
    }
  });

  it('that is left comes to its end, and its thread goes on', async () => {
    const { tasks, free } = pool();
    expect(free).toBe(1);
    const gate = new Gate();
    expect(await all(tasks.endless(gate.cells).pipe(take(3)))).toEqual([0, 1, 2]);
    await gate.left();
    const other = new Gate();
    expect(await firstValueFrom(tasks.untilAborted(other.cells))).toBe(0);
    await other.left();
    expect(await all(tasks.upTo(2))).toEqual([0, 1]);
  });

  it('that does not end when it is left is killed', async () => {
    const { tasks } = pool(1, { graceMs: 5 });
    expect(await firstValueFrom(tasks.spinning(16))).toBe(0);
    expect(await all(tasks.upTo(2))).toEqual([0, 1]);
  });

  it('may fail after some values: the error is the task’s', async () => {
    const seen: unknown[] = [];
    const error = await failure(
      from([1, 2]).pipe(backgroundMap(pool().tasks.failing, { select: (value, input) => seen.push([input, value]) })),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).stack).toMatch(/at .*stream-tasks\.mjs[\s\S]*called from[\s\S]*streams\.test/);
    expect(seen).toEqual([[1, 0]]);
  });

  it('with a value that cannot be sent fails there, and is left', async () => {
    const gate = new Gate();
    const error = await failure(pool().tasks.uncloneable(gate.cells));
    expect(error).toBeInstanceOf(TaskCloneError);
    expect((error as Error).message).toMatch(/a value of the result \.deep\[0\] is a function/);
    await gate.left();
  });

  it('ends in a crash with its thread', async () => {
    const seen: unknown[] = [];
    const { tasks } = pool();
    const error = await failure(from([3]).pipe(backgroundMap(tasks.dying, { select: (value) => seen.push(value) })));
    expect(error).toBeInstanceOf(WorkerCrashError);
    expect(seen).toEqual([0, 1, 2]);
    expect(await all(tasks.upTo(2))).toEqual([0, 1]);
  });

  it('is late when a value is, wherever that is', async () => {
    const { tasks } = pool();
    const options = { timeoutMs: 100, graceMs: 5 };
    expect(await failure(of([1, 1, 600_000]).pipe(backgroundMap(tasks.paced, options)))).toBeInstanceOf(
      TaskTimeoutError,
    );
    expect(await failure(of([600_000]).pipe(backgroundMap(tasks.paced, options)))).toBeInstanceOf(TaskTimeoutError);
    const late$ = of(3).pipe(backgroundMap(tasks.spinning, { ...options, timeoutValue: 'late' }));
    expect(await all(late$)).toEqual([0, 1, 2, 'late']);
    expect(await all(of([1, 1]).pipe(backgroundMap(tasks.paced, options)))).toEqual([0, 1]);
  });

  it('is not late for what its consumer takes', async () => {
    const slow$ = of(40).pipe(
      backgroundMap(pool().tasks.upTo, { timeoutMs: 60, streamAhead: 4 }),
      asyncMap(async (value) => {
        if (value === 1 || value === 20) await new Promise((resolve) => setTimeout(resolve, 150));
        return value;
      }),
    );
    expect(await all(slow$)).toEqual(upTo(40));
  });

  it('is tried again alone, and in chunks says so', async () => {
    const { tasks } = pool();
    expect(await all(of(4).pipe(backgroundMap(tasks.secondTime, { retry: 1, chunkSize: 1 })))).toEqual([
      100, 101, 200, 201, 202, 203,
    ]);
    expect(await all(of(4).pipe(backgroundMap(tasks.upTo, { retry: { count: 0 } })))).toEqual(upTo(4));
    expect(String(await failure(of(4).pipe(backgroundMap(tasks.secondTime, { retry: 1 }))))).toMatch(
      /TypeError: backgroundMap\(task 'secondTime'\): the result for the value at index 0 streams, .* chunkSize: 1/,
    );
    expect(await all(tasks.upTo(2))).toEqual([0, 1]);
  });

  it('into a call of the same pool can stop itself, and says so', async () => {
    const own = pool(2);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const stuck$ = from([100, 100]).pipe(backgroundMap(own.tasks.upTo), backgroundMap(own.tasks.listed as never));
    const subscription = stuck$.subscribe();
    expect((await warned).message).toMatch(/Calls wait for a thread .* a smaller concurrency/);
    subscription.unsubscribe();
    const fine$ = from([100, 100]).pipe(
      backgroundMap(own.tasks.upTo, { concurrency: 1 }),
      backgroundMap(own.tasks.listed as never),
    );
    expect((await all(fine$)).length).toBe(200);
  });

  it('is cut short by force, and finished in peace', async () => {
    const own = pool();
    const gate = new Gate();
    const cut = failure(own.tasks.endless(gate.cells).pipe(asyncMap((value) => gate.arrived(value + 1))));
    await gate.arrived(40);
    await own.close({ force: true });
    expect(await cut).toBeInstanceOf(ExecutorClosedError);
    const other = pool();
    const whole = all(other.tasks.upToLater(50));
    await other.close();
    expect(await whole).toEqual(upTo(50));
  });

  it('does not keep those behind it in its message waiting', async () => {
    const { tasks } = pool(2);
    const values$ = range(0, 40).pipe(
      backgroundMap(tasks.upToLater, { chunkSize: 8, ordered: false, select: (value, input) => [input, value] }),
    );
    const brought = await all(values$);
    expect(brought.length).toBe(780);
    for (const input of upTo(40)) {
      expect(brought.filter(([from]) => from === input).map(([, value]) => value)).toEqual(upTo(input));
    }
  });
});

/** Where the same tasks run, and how. */
const ways: [string, (own: Pool) => Task<[length: number], unknown>][] = [
  ['upTo', ({ tasks }) => tasks.upTo],
  ['upToLater', ({ tasks }) => tasks.upToLater],
  ['observed', ({ tasks }) => tasks.observed],
  ['failing', ({ tasks }) => tasks.failing],
];

describe.each(ways)('%s in a thread brings what it brings here', (_name, task) => {
  it.each([
    { ordered: true, onError: 'settle' },
    { ordered: true, onError: 'skip', streamAhead: 1 },
    { ordered: true, onError: () => EMPTY, chunkSize: 4 },
    { ordered: true, onError: 'settle', chunkSize: 1, retry: 1 },
    { ordered: false, onError: 'settle', key: (length: number) => length % 3, concurrency: 2 },
    { ordered: false, onError: 'skip', maxPending: 5 },
  ] as const)('with %o', async (options) => {
    const lengths = [0, 3, 1, 40, 2, 20, 5, 0, 33];
    const run = (own: Pool) =>
      all(from(lengths).pipe(backgroundMap(task(own), { ...options, concurrency: 2 } as never))) as Promise<unknown[]>;
    const there = await run(pool(2));
    const here = await run(inline(tasks, { capacity: 2 }) as never);
    const text = (records: unknown[]): string[] => records.map((record) => JSON.stringify(record));
    if (options.ordered) expect(text(there)).toEqual(text(here));
    else expect(text(there).sort()).toEqual(text(here).sort());
  });
});
