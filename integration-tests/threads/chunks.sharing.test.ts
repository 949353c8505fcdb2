import {
  EMPTY,
  firstValueFrom,
  interval,
  lastValueFrom,
  map,
  merge,
  of,
  range,
  Subject,
  take,
  takeUntil,
  tap,
  toArray,
  type Observable,
} from 'rxjs';
import { backgroundMap, fromPull } from 'rxjs-background';
import type { ThreadPool, ThreadsOptions } from 'rxjs-background/node';
import { Gate, recordedCall, type RecordedCall } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import type * as chunkTasks from '../fixtures/chunk-tasks.mjs';
import { poolOf } from '../support/task-pool.js';

const pool = (options?: ThreadsOptions): ThreadPool<typeof chunkTasks> =>
  poolOf('chunk-tasks.mjs', { maxThreads: 2, ...options });
const all = <T>(values$: Observable<T>): Promise<T[]> => lastValueFrom(values$.pipe(toArray()));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const refused = ['rejected', 'rejected'];
const now = (): number => performance.timeOrigin + performance.now();

/** The best of a few, since others use the machine, too. */
async function best(measure: () => Promise<number>, goodEnough: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 5 && least > goodEnough; i++) least = Math.min(least, await measure());
  return least;
}

describe('a stream whose calls become 1000 times slower', () => {
  const count = 4000;
  const slow = 40;

  it('uses all threads for them', async () => {
    const { tasks } = pool();
    const ms = await best(async () => {
      let jump = 0;
      await lastValueFrom(
        fromPull(upTo(count)).pipe(
          backgroundMap(tasks.slowFrom, { args: [count - slow, 10] }),
          map((at, index) => (index === count - slow - 1 ? (jump = at) : at)),
        ),
      );
      return now() - jump;
    }, 250);
    // 200 on two processors, 400 on one.
    expect(ms).toBeLessThan(320);
  });

  it('tells what is done while the rest of its chunk runs', async () => {
    const { tasks } = pool({ maxThreads: 1 });
    const worst = await best(async () => {
      let most = 0;
      await lastValueFrom(
        fromPull(upTo(count)).pipe(
          backgroundMap(tasks.slowFrom, { args: [count - slow, 10], chunkSize: 64, ordered: false }),
          tap((at) => (most = Math.max(most, now() - at))),
        ),
      );
      return most;
    }, 50);
    // At most a few calls share a look at the clock; the one that follows takes 10 ms.
    expect(worst).toBeLessThan(60);
  });
});

describe('a pool with more than one to serve', () => {
  it('serves two streams in turn', async () => {
    const { tasks } = pool({ maxThreads: 1 });
    const cells = new Int32Array(new SharedArrayBuffer(40_000));
    const counts = [0, 0];
    const gaps: number[] = [];
    const stream = (i: number): Observable<number> =>
      fromPull(upTo(3000)).pipe(
        backgroundMap(tasks.countedFor, { args: [cells, 0.05] }),
        tap(() => {
          counts[i]!++;
          gaps.push(Math.abs(counts[0]! - counts[1]!));
        }),
      );
    await lastValueFrom(merge(stream(0), stream(1)));
    expect(counts).toEqual([3000, 3000]);
    expect(Math.max(...gaps)).toBeLessThan(1500);
  });

  it('lets a single call in between the chunks of a busy stream', async () => {
    const { tasks } = pool();
    const cells = new Int32Array(new SharedArrayBuffer(400_000));
    const stream = fromPull(upTo(100_000))
      .pipe(backgroundMap(tasks.countedFor, { args: [cells, 0.02] }))
      .subscribe();
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = now();
      expect(await lastValueFrom(tasks.next(i))).toBe(i + 1);
      waits.push(now() - start);
    }
    expect(stream.closed).toBe(false);
    stream.unsubscribe();
    expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(40);
  });

  it('brings the values of a trickle as they come', async () => {
    const { tasks } = pool();
    await lastValueFrom(tasks.next(1));
    const waits = await all(
      interval(10).pipe(
        take(40),
        map(() => now()),
        backgroundMap(tasks.next),
        map((at) => now() - at + 1),
      ),
    );
    expect(waits.sort((a, b) => a - b)[20]).toBeLessThan(5);
  });

  it.each([1, 2])('runs no more of a map at once than its concurrency, %i, attempts included', async (concurrency) => {
    const { tasks } = pool({ maxThreads: 3 });
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const values = range(0, 400).pipe(backgroundMap(tasks.together, { concurrency, retry: 1, args: [cells] }));
    expect(await all(values)).toEqual(upTo(400));
    expect(cells[1]).toBe(concurrency);
  });
});

describe('a pool in the middle of a stream', () => {
  it('can be resized, up and down, again and again', async () => {
    const executor = pool({ maxThreads: 1, spareThreads: 1 });
    const cells = new Int32Array(new SharedArrayBuffer(80_000));
    let done = 0;
    const values = fromPull(upTo(20_000)).pipe(
      backgroundMap(executor.tasks.countedFor, { args: [cells, 0.02] }),
      tap(() => {
        if (++done % 2000 === 0) executor.resize({ maxThreads: 1 + ((done / 2000) % 3) });
      }),
    );
    expect(await all(values)).toEqual(upTo(20_000));
    expect([...cells].every((n) => n === 1)).toBe(true);
    executor.resize({ maxThreads: 2 });
    const gate = new Gate();
    const both = Promise.all([1, 2].map(() => lastValueFrom(executor.tasks.meet(gate.cells), { defaultValue: 0 })));
    await gate.arrived(2);
    gate.open();
    await both;
    await expect.poll(() => executor.free).toBe(2);
  });

  it('that is closed finishes what was given, and refuses what comes', async () => {
    const executor = pool();
    await executor.ready();
    const feed = new Subject<number>();
    const records = all(feed.pipe(backgroundMap(executor.tasks.mixedLater, { onError: 'settle', maxPending: 1000 })));
    for (const n of upTo(300)) feed.next(n);
    const closed = executor.close();
    for (const n of upTo(20)) feed.next(n);
    feed.complete();
    await closed;
    expect(
      (await records).map((record) => (record.status === 'fulfilled' ? record.value : (record.reason as Error).name)),
    ).toEqual([...upTo(300), ...upTo(20).map(() => 'ExecutorClosedError')]);
  });

  it.each([{ force: true }, { timeoutMs: 20 }])('that is closed with %j gives every value an end', async (how) => {
    const executor = pool();
    await executor.ready();
    const cells = new Int32Array(new SharedArrayBuffer(4000));
    const records = all(
      range(0, 1000).pipe(
        backgroundMap(executor.tasks.mostlyGood, {
          args: [cells, 500, 'spin'],
          onError: 'settle',
          maxPending: 1000,
          chunkSize: 100,
        }),
      ),
    );
    while (Atomics.load(cells, 500) === 0) await new Promise((resolve) => setImmediate(resolve));
    await executor.close(how);
    const each = await records;
    expect(each.length).toBe(1000);
    for (const [n, record] of each.entries()) {
      if (record.status === 'fulfilled') expect(record.value).toBe(n);
      else expect(record.reason).toMatchObject({ code: 'ERR_EXECUTOR_CLOSED' });
    }
    expect(each[500]?.status).toBe('rejected');
    expect(cells.every((n) => n <= 1)).toBe(true);
  });
});

describe('a pool of which args asks something', () => {
  it('runs no more at once than it may, the spare ones included', async () => {
    const executor = pool({ maxThreads: 1, spareThreads: 1 });
    await executor.ready();
    const gate = new Gate();
    let call: RecordedCall | undefined;
    const args = (): [] => {
      call = recordedCall(executor, 'meet', [gate.cells]);
      return [];
    };
    const met = all(of(gate.cells).pipe(backgroundMap(executor.tasks.meet, { args })));
    await gate.arrived();
    expect(call?.told).toEqual([]);
    gate.open();
    await met;
    expect(await call?.outcome).toEqual({ value: undefined });
  });

  it.each([
    [{}, 'returns', ['fulfilled', ...refused]],
    [{}, 'throws', ['rejected', ...refused]],
    [{}, 'leaves', []],
    [{ force: true }, 'returns', ['rejected', ...refused]],
    [{ force: true }, 'throws', ['rejected', ...refused]],
    [{ force: true }, 'leaves', []],
  ])(
    'gives every value an end, and comes to its own, when that is to close, %j, and it %s',
    async (how, then, ends) => {
      const executor = pool();
      await executor.ready();
      const leave = new Subject<void>();
      let closed: Promise<void> | undefined;
      const args = (): [] => {
        closed ??= executor.close(how);
        if (then === 'throws') throw new Error('no');
        if (then === 'leaves') leave.next();
        return [];
      };
      const map = backgroundMap(executor.tasks.mixedLater, { args, onError: 'settle' });
      const records = await all(range(0, 3).pipe(map, takeUntil(leave)));
      expect(records.map(({ status }) => status)).toEqual(ends);
      await closed;
    },
  );
});

describe('afterwards', () => {
  it('nothing is left: no timer, port or listener', async () => {
    const resources = (): string[] =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => /Timeout|Port|Worker/.test(kind))
        .sort();
    const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const cells = new Int32Array(new SharedArrayBuffer(4000));
    const once = async (): Promise<void> => {
      const executor = pool({ spareThreads: 1 });
      for (const how of ['throw', 'exit', 'spin', 'abort', 'uncloneable']) {
        const options = { args: [cells, 30, how] as const, timeoutMs: 50, graceMs: 0, onError: 'skip' as const };
        await all(range(0, 100).pipe(backgroundMap(executor.tasks.mostlyGood as never, options as never)));
        await firstValueFrom(range(0, 100).pipe(backgroundMap(executor.tasks.mostlyGood as never, options as never)), {
          defaultValue: EMPTY,
        });
      }
      await executor.close();
    };
    await once();
    const before = [resources(), listeners()];
    await once();
    await once();
    await expect.poll(() => [resources(), listeners()]).toEqual(before);
  });
});
