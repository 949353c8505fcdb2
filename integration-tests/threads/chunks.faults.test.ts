import { lastValueFrom, NEVER, range, startWith, switchMap, Subject, take, tap, toArray, type Observable } from 'rxjs';
import { backgroundMap, fromPull } from 'rxjs-background';
import type { ThreadPool, ThreadsOptions } from 'rxjs-background/node';
import { describe, expect, it } from 'vitest';
import type * as chunkTasks from '../fixtures/chunk-tasks.mjs';
import { failureOf } from '../support/failure-of.js';
import { poolOf } from '../support/task-pool.js';

const pool = (options?: ThreadsOptions): ThreadPool<typeof chunkTasks> =>
  poolOf('chunk-tasks.mjs', { maxThreads: 2, ...options });
const all = <T>(values$: Observable<T>): Promise<T[]> => lastValueFrom(values$.pipe(toArray()));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const cellsFor = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count));
const count = 200;
const bad = 77;

/** What comes of each value, in few words. */
async function ends(
  options: ThreadsOptions,
  how: string,
  mapOptions: object,
): Promise<{ ends: unknown[]; begun: number[] }> {
  const executor = pool(options);
  const cells = cellsFor(count);
  const records = await all(
    range(0, count).pipe(
      backgroundMap(executor.tasks.mostlyGood, { args: [cells, bad, how], onError: 'settle', ...mapOptions }),
    ),
  );
  // The slot of one that was late is taken until it has really ended.
  await expect.poll(() => executor.free, { timeout: 10_000 }).toBe(2);
  return {
    ends: records.map((record) => (record.status === 'fulfilled' ? record.value : (record.reason as Error).name)),
    begun: [...cells],
  };
}

const goodBut = (end: string): unknown[] => upTo(count).map((n) => (n === bad ? end : n));
const once = upTo(count).map(() => 1);

describe.each(['auto', 1, 7, 64, 1024] as const)('a value that goes wrong among others, %s at a time', (chunkSize) => {
  it.each([
    ['throw', 'RangeError'],
    ['reject', 'RangeError'],
    ['uncloneable', 'TaskCloneError'],
    ['stream', 'TaskCloneError'],
    ['wrongTransfer', 'TaskCloneError'],
  ])('fails alone: %s, and every value begins once', async (how, name) => {
    expect(await ends({}, how, { chunkSize })).toEqual({ ends: goodBut(name), begun: once });
  });

  it.each([['exit'], ['uncaught'], ['memory']])('and kills its thread fails alone: %s', async (how) => {
    const limits = { resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 } };
    const { ends: each, begun } = await ends(how === 'memory' ? limits : {}, how, { chunkSize });
    expect(each).toEqual(goodBut('WorkerCrashError'));
    expect(begun[bad]).toBe(1);
    // What had ended, and was not told yet, ran again; nothing more than once again, nor any with 1 at a time.
    expect(Math.max(...begun)).toBeLessThanOrEqual(chunkSize === 1 ? 1 : 2);
  });

  it.each([
    ['spin', 100],
    ['spin', 0],
    ['hang', 5],
    ['listen', 5000],
    ['abort', 5000],
  ])('and is late is stopped alone: %s, graceMs %i', async (how, graceMs) => {
    const { ends: each, begun } = await ends({}, how, { chunkSize, timeoutMs: 100, graceMs });
    expect(each).toEqual(goodBut('TaskTimeoutError'));
    expect(begun[bad]).toBe(1);
    expect(Math.max(...begun)).toBeLessThanOrEqual(graceMs === 5000 || chunkSize === 1 ? 1 : 2);
  });

  it('and is late gives its timeoutValue, or is tried again, in its place', async () => {
    const values = { chunkSize, timeoutMs: 50, graceMs: 0, onError: 'fail' };
    const { tasks } = pool({ spareThreads: 1 });
    const run = (options: object): Promise<unknown> =>
      all(
        range(0, count).pipe(
          backgroundMap(tasks.mostlyGood, { args: [cellsFor(count), bad, 'spin'], ...values, ...options } as never),
        ),
      ).catch((error: unknown) => error);
    expect(await run({ timeoutValue: -1 })).toEqual(upTo(count).map((n) => (n === bad ? -1 : n)));
    expect(await run({ retry: 1 })).toMatchObject({ message: expect.stringContaining('attempt 2') as string });
    expect(await run({ retry: 1, onError: 'skip' })).toEqual(upTo(count).filter((n) => n !== bad));
  });
});

describe('a failure of the stream', () => {
  it.each([true, false])(
    'comes after the values before it, and nothing comes after it; ordered: %s',
    async (ordered) => {
      const { tasks } = pool();
      const seen: unknown[] = [];
      const error = await failureOf(
        range(0, count).pipe(
          backgroundMap(tasks.mostlyGood, { args: [cellsFor(count), bad, 'throw'], chunkSize: 50, ordered }),
          tap((value) => seen.push(value)),
        ),
      );
      expect(error).toMatchObject({ message: 'bad' });
      if (ordered) expect(seen).toEqual(upTo(bad));
      else expect(new Set(seen).size).toBe(seen.length);
    },
  );
});

describe('an unsubscription', () => {
  it('stops what runs; what has not begun does not begin', async () => {
    const executor = pool({ maxThreads: 1 });
    await executor.ready();
    const cells = cellsFor(1000);
    const begun = (): number => cells.reduce((sum, n) => sum + n, 0);
    await lastValueFrom(
      range(0, 1000).pipe(
        backgroundMap(executor.tasks.countedFor, { args: [cells, 1], chunkSize: 1000, maxPending: 1000 }),
        take(5),
      ),
    );
    const early = begun();
    // Behind everything that was given to the thread before.
    await lastValueFrom(executor.tasks.next(1));
    expect(begun()).toBeLessThanOrEqual(early + 1);
    expect(early).toBeLessThan(100);
  });

  it('stops an endless value in the middle of a chunk, and the slot comes back', async () => {
    for (const how of ['spin', 'listen', 'abort', 'hang']) {
      const executor = pool({ maxThreads: 1, graceMs: how === 'spin' || how === 'hang' ? 10 : 5000 });
      const cells = cellsFor(count);
      const subscription = range(0, count)
        .pipe(backgroundMap(executor.tasks.mostlyGood, { args: [cells, bad, how], chunkSize: 100, maxPending: 200 }))
        .subscribe();
      while (Atomics.load(cells, bad) === 0) await new Promise((resolve) => setImmediate(resolve));
      subscription.unsubscribe();
      expect(await lastValueFrom(executor.tasks.next(1))).toBe(2);
      expect([executor.free, cells.slice(bad + 1).reduce((sum, n) => sum + n, 0)]).toEqual([1, 0]);
    }
  });

  it('at any moment, again and again, leaves a pool that works', { timeout: 60_000 }, async () => {
    const executor = pool({ graceMs: 5 });
    await executor.ready();
    // An endless value now and then, so that some are left the moment they begin.
    const misdeeds = ['spin', 'listen', 'throw', 'exit'];
    for (let round = 0; round < 60; round++) {
      const cells = cellsFor(400);
      const subscription = range(0, 400)
        .pipe(
          backgroundMap(executor.tasks.mostlyGood, {
            args: [cells, 10 + round * 5, misdeeds[round % 4] as string],
            chunkSize: round % 3 === 0 ? 'auto' : 128,
            onError: 'skip',
            maxPending: 400,
          }),
        )
        .subscribe();
      const until = 1 + round * 6;
      for (let turn = 0; turn < 200 && cells.reduce((sum, n) => sum + n, 0) < until; turn++)
        await new Promise((resolve) => setImmediate(resolve));
      subscription.unsubscribe();
      if (round % 10 === 9)
        expect(await all(range(0, 50).pipe(backgroundMap(executor.tasks.next)))).toEqual(upTo(51).slice(1));
    }
    await lastValueFrom(executor.tasks.next(1));
    await expect.poll(() => executor.free).toBe(2);
  });

  it('for the next stream each time lets that one through', async () => {
    const executor = pool();
    const again = new Subject<number>();
    let done = 0;
    const subscription = again
      .pipe(
        startWith(0),
        switchMap((round) =>
          fromPull(upTo(300)).pipe(
            backgroundMap(executor.tasks.next, { args: [] as never }),
            tap(() => done++),
            round < 30 ? switchMap(() => NEVER) : tap(),
          ),
        ),
      )
      .subscribe();
    for (let round = 1; round <= 30; round++) {
      await new Promise((resolve) => setTimeout(resolve, round % 4));
      if (round === 30) done = 0;
      again.next(round);
    }
    await expect.poll(() => done).toBe(300);
    subscription.unsubscribe();
  });
});
