// What the five Python projects before this one claim and test where it takes threads, processes or real time. Seconds
// are scaled down. What virtual time can show is in marble-tests/jobs/prior-art.test.ts.
import { lastValueFrom, take } from 'rxjs';
import {
  asyncMap,
  configureDefault,
  inline,
  isTimeout,
  prefetch,
  repeatFetch,
  timeoutAsSentinel,
  WorkerCrashError,
} from 'rxjs-background';
import { background, runJob, start } from 'rxjs-background/jobs';
import { Gate } from 'rxjs-background/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { meetAt } from '../support/meet-at.js';
import { runProgram } from '../support/program.js';
import { quickest } from '../support/quickest.js';
import { poolOf } from '../support/task-pool.js';
import type * as jobTasks from '../fixtures/job-tasks.mjs';

const pool = (maxThreads: number) => poolOf<typeof jobTasks>('job-tasks.mjs', { maxThreads });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

describe('1. Backgrounder', () => {
  /** Ten items, each fetched and processed for a tenth of a second. */
  const tenItems = (): Promise<unknown> => {
    let fetched = 0;
    return repeatFetch(async () => (fetched === 10 ? undefined : (await delay(200), ++fetched)))
      .pipe(
        prefetch(1),
        asyncMap(() => delay(200)),
      )
      .forEach(() => undefined);
  };

  it('the ten items take 11 units of time, within 2 %', async () => {
    const boundMs = 11 * 1.02 * 200;
    expect(await quickest(5, boundMs, () => timed(tenItems))).toBeLessThanOrEqual(boundMs);
  });

  it('wrong there: waiting keeps a processor busy', async () => {
    const before = process.cpuUsage();
    await tenItems();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
  });

  it('wrong there: Ctrl-C hangs', async () => {
    const program = runProgram(`
      import { asyncMap, prefetch, repeatFetch } from 'rxjs-background';
      import { setTimeout as delay } from 'node:timers/promises';
      await repeatFetch(async ({ index }) => { await delay(10); return index; })
        .pipe(prefetch(1), asyncMap((n) => { if (n === 2) console.log('ready'); return delay(10); }))
        .forEach(() => undefined);`);
    await program.shows('ready');
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: null, signal: 'SIGINT' });
  });
});

describe('2. background', () => {
  const slow = background(async (n: number, ms: number) => {
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
    return n;
  });
  const numbers = Array.from({ length: 10 }, (_, n) => n);

  it('ten calls give ten futures in less than a millisecond', async () => {
    configureDefault({ maxThreads: 10 });
    const futuresMs = await quickest(100, 1, async () => {
      const began = performance.now();
      const futures = numbers.map((n) => slow.start(n, 1));
      const ms = performance.now() - began;
      expect(await Promise.all(futures)).toEqual(numbers);
      return ms;
    });
    expect(futuresMs).toBeLessThanOrEqual(1);
  });

  it('their results come in the time of one, in order', async () => {
    configureDefault({ maxThreads: 10 });
    const resultsMs = await quickest(5, 2 * 500, () =>
      timed(async () => {
        expect(await Promise.all(numbers.map((n) => slow.start(n, 500)))).toEqual(numbers);
      }),
    );
    expect(resultsMs).toBeLessThanOrEqual(2 * 500);
  });

  it('wrong there: raising n does not help the backlog', async () => {
    configureDefault({ maxThreads: 1 });
    const gate = new Gate();
    const meet = background(meetAt);
    // They only get on when all four run at once.
    const jobs = [1, 2, 3, 4].map(() => meet.start(gate.cells));
    await gate.arrived(1);
    configureDefault({ maxThreads: 4 });
    await gate.arrived(4);
    gate.open();
    await Promise.all(jobs);
  });

  it('wrong there: errors of forgotten futures vanish', async () => {
    const program = runProgram(`
      import { background } from 'rxjs-background/jobs';
      background(() => { throw new Error('forgotten'); }).start();`);
    const { code, output } = await program.ended;
    expect(code).toBe(1);
    expect(output).toContain('Error: forgotten');
  });

  it('wrong there: a task that awaits a task in a full pool hangs (a worker has a pool of its own)', async () => {
    const threads = pool(1);
    expect(await Promise.all([start(threads.tasks.startsAnother), start(threads.tasks.startsAnother)])).toEqual([2, 2]);
  });
});

describe('4. spychronous', () => {
  it('+2 over [1, 2, 3] gives [3, 4, 5], here and on threads', async () => {
    const threads = pool(2);
    const here = inline({ plusTwo: (n: number) => n + 2 });
    expect(await runJob({ task: threads.tasks.plusTwo, items: [1, 2, 3] })).toEqual([3, 4, 5]);
    expect(await runJob({ task: here.tasks.plusTwo, items: [1, 2, 3] })).toEqual([3, 4, 5]);
  });

  it('a division by zero propagates with its class, and no output is assigned', async () => {
    const threads = pool(2);
    let output: number[] | undefined;
    const assign = async (): Promise<void> => {
      output = await runJob({ task: threads.tasks.oneOver, items: [1, 2, 3, 4] });
    };
    await expect(assign()).rejects.toThrow(new RangeError('division by zero'));
    expect(output).toBeUndefined();
  });

  it('with suppression and a failure on 3 it gives [1, 2, None]', async () => {
    const threads = pool(2);
    const task = background((n: number) => {
      if (n === 3) throw new Error('three');
      return n;
    });
    expect(await runJob({ task, items: [1, 2, 3], onError: () => [null] })).toEqual([1, 2, null]);
    expect(await runJob({ task: threads.tasks.oneOver, items: [1, 2, 3], onError: 'skip' })).toEqual([1, 0.5]);
  });

  it('wrong there: the result of a worker that was killed is awaited for 30 days', async () => {
    const threads = pool(2);
    const run = runJob({ task: threads.tasks.crashOnThree, items: [1, 2, 3] });
    await expect(run).rejects.toBeInstanceOf(WorkerCrashError);
  });

  it('wrong there: the timeout does not kill', async () => {
    const threads = pool(1);
    const gate = new Gate();
    await expect(
      runJob({ task: threads.tasks.spin, items: [gate.cells], timeoutMs: 100, graceMs: 0 }),
    ).rejects.toMatchObject({
      code: 'ERR_TASK_TIMEOUT',
    });
    expect(await lastValueFrom(threads.tasks.plusTwo(1))).toBe(3);
  });
});

describe('5. PyBackground, futures', () => {
  it('wrong there: a task that timed out runs on', async () => {
    const threads = pool(1);
    const gate = new Gate();
    const late = await lastValueFrom(threads.tasks.spin(gate.cells).pipe(timeoutAsSentinel(2000), take(1)));
    expect(isTimeout(late)).toBe(true);
    // The only thread is free again, so nothing runs in it.
    expect(await lastValueFrom(threads.tasks.plusTwo(1))).toBe(3);
  });

  it('a call that is in time is its result', async () => {
    const threads = pool(1);
    expect(await lastValueFrom(threads.tasks.burn(20).pipe(timeoutAsSentinel(10_000)))).toBe(20);
  });
});
