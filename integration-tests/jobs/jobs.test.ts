import { firstValueFrom, lastValueFrom } from 'rxjs';
import { configureDefault, inline, TaskCancelledError, TaskNotFoundError, WorkerCrashError } from 'rxjs-background';
import { background, DeadlockError, JobRunner, runJob, start } from 'rxjs-background/jobs';
import { Gate } from 'rxjs-background/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { meetAt } from '../support/meet-at.js';
import { runProgram } from '../support/program.js';
import { fixture, poolOf } from '../support/task-pool.js';
import type * as jobTasks from '../fixtures/job-tasks.mjs';

type Tasks = typeof jobTasks;
const pool = (maxThreads: number) => poolOf<Tasks>('job-tasks.mjs', { maxThreads });

describe('a job on a thread', () => {
  it('is queued, runs, and is done', async () => {
    const { tasks } = pool(1);
    const gate = new Gate();
    const first = start(tasks.passGate, gate.cells);
    const second = start(tasks.plusTwo, 1);
    await gate.arrived();
    expect([first.state, second.state]).toEqual(['running', 'queued']);
    gate.open();
    expect([await first, await second, await firstValueFrom(second.result$)]).toEqual(['passed', 3, 3]);
    expect([first.state, second.state]).toEqual(['done', 'done']);
  });

  it('that is cancelled is killed, and its thread replaced', async () => {
    const threads = pool(1);
    const gate = new Gate();
    const job = start(threads.tasks.spin, gate.cells);
    await gate.arrived();
    job.cancel();
    expect(job.state).toBe('cancelled');
    await expect(job).rejects.toBeInstanceOf(TaskCancelledError);
    expect(await lastValueFrom(threads.tasks.plusTwo(1))).toBe(3);
  });

  it('that fails has the stack of both sides', async () => {
    const { tasks } = pool(1);
    const runner = new JobRunner();
    const errors = await Promise.all(
      [start(tasks.oneOver, 3), runner.start(tasks.oneOver, [3])].map((job) => job.catch((error: unknown) => error)),
    );
    for (const error of errors) {
      expect((error as Error).stack).toMatch(/job-tasks\.mjs[^]*jobs\.test\.ts/);
      expect((error as Error).stack).not.toContain('dist/jobs');
    }
  });

  it('that crashes its thread has failed, and its neighbours have not', async () => {
    const { tasks } = pool(2);
    const jobs = [1, 2, 3, 4].map((n) => start(tasks.crashOnThree, n));
    const ends = await Promise.allSettled(jobs);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect((ends[2] as PromiseRejectedResult).reason).toBeInstanceOf(WorkerCrashError);
  });
});

describe('background', () => {
  afterEach(() => configureDefault({ maxThreads: 2 }));

  it('runs functions on threads, many for one that is awaited', async () => {
    const own = background(async () => (await import('node:worker_threads')).threadId);
    expect(await own.start()).toBeGreaterThan(0);
    expect(await lastValueFrom(own())).toBeGreaterThan(0);
  });

  it('runs functions of a module, under the TypeScript loader, too', async () => {
    const plusTwo = background<Tasks['plusTwo']>(fixture('job-tasks.mjs'), 'plusTwo');
    expect(await Promise.all([plusTwo.start(1), plusTwo.start(2), lastValueFrom(plusTwo(3))])).toEqual([3, 4, 5]);
    await expect(background(fixture('job-tasks.mjs'), 'none').start()).rejects.toBeInstanceOf(TaskNotFoundError);
    const program = runProgram(
      `import { background } from 'rxjs-background/jobs';
       const add = background(new URL('./only-typescript.js', ${JSON.stringify(fixture('').href)}), 'add');
       console.log(await add.start(1, 2));`,
      ['--no-warnings', '--import', fixture('typescript-loader.mjs').href],
    );
    expect(await program.ended).toMatchObject({ code: 0, output: '3\n' });
  });

  it.each([
    ['threads', undefined],
    ['this thread', inline()],
  ])('says that a module is missing, and what leads to one, on %s', async (_, executor) => {
    const options = executor === undefined ? {} : { executor };
    for (const file of ['nobody-is-here.js', 'nobody-is-here.mjs', 'nobody-is-here']) {
      const { href: url } = fixture(file);
      const error = (await failureOf(background(url, 'work', options)())) as Error;
      expect(error).toBeInstanceOf(TaskNotFoundError);
      expect(error.message).toContain(
        `background: there is no ${url}, where a task is looked for. new URL('./tasks.js', import.meta.url) leads to a file beside`,
      );
      expect(error.cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND', url });
    }
  });

  it('says that TypeScript wants a loader', async () => {
    const add = background<(a: number, b: number) => number>(fixture('only-typescript.js'), 'add');
    const outcome = await add.start(1, 2).then(String, (error: unknown) => (error as Error).message);
    // Later versions of Node can load it by themselves.
    expect(outcome).toMatch(
      /^3$|^background: file:.*only-typescript.ts cannot be loaded.*a loader that reaches worker threads/,
    );
  });

  it('gives the backlog more threads as soon as there may be more', async () => {
    configureDefault({ maxThreads: 1 });
    const gate = new Gate();
    const wait = background(meetAt);
    const jobs = [wait.start(gate.cells), wait.start(gate.cells), wait.start(gate.cells)];
    await gate.arrived(1);
    expect(jobs.map(({ state }) => state)).toEqual(['running', 'queued', 'queued']);
    configureDefault({ maxThreads: 3 });
    await gate.arrived(3);
    expect(jobs.map(({ state }) => state)).toEqual(['running', 'running', 'running']);
    gate.open();
    await Promise.all(jobs);
  });

  it('gives the backlog fewer threads, too', async () => {
    configureDefault({ maxThreads: 3 });
    const gates = [new Gate(), new Gate()];
    const wait = background(meetAt);
    const first = gates.map(({ cells }) => wait.start(cells));
    await Promise.all(gates.map((gate) => gate.arrived()));
    configureDefault({ maxThreads: 1 });
    const next = wait.start(gates[0]!.cells);
    gates[0]!.open();
    await first[0];
    expect(next.state).toBe('queued');
    gates[1]!.open();
    await Promise.all([...first, next]);
  });
});

describe('a failure', () => {
  const program = (body: string) =>
    runProgram(`
      import { firstValueFrom, from } from 'rxjs';
      import { background } from 'rxjs-background/jobs';
      const fails = background(() => { throw new RangeError('unheard'); });
      const never = background(() => new Promise(() => undefined));
      ${body}`).ended;

  it('that nobody observes ends the program, as an unhandled rejection does', async () => {
    const { code, output } = await program(`fails.start(); setInterval(() => undefined, 2 ** 30);`);
    expect(code).toBe(1);
    expect(output).toContain('RangeError: unheard');
  });

  it('is reported to listeners for unhandled rejections', async () => {
    const { code, output } = await program(`
      process.on('unhandledRejection', (error) => console.log('reported', error.message));
      fails.start();`);
    expect({ code, output }).toEqual({ code: 0, output: 'reported unheard\n' });
  });

  it.each([
    [`fails.start().then(undefined, log);`],
    [`fails.start().catch(log);`],
    [`try { await fails.start(); } catch (error) { log(error); }`],
    [`fails.start().result$.subscribe({ error: log });`],
    [`await firstValueFrom(fails.start().result$).catch(log);`],
    [`from(fails.start()).subscribe({ error: log });`],
  ])('is observed by %s', async (observe) => {
    const { code, output } = await program(`const log = (error) => console.log('observed', error.message); ${observe}`);
    expect({ code, output }).toEqual({ code: 0, output: 'observed unheard\n' });
  });

  it('is none when the job was cancelled, queued or running', async () => {
    const { code, output } = await program(`
      const jobs = Array.from({ length: 50 }, () => never.start());
      while (jobs[0].state === 'queued') await new Promise((resolve) => setImmediate(resolve));
      for (const job of jobs) job.cancel();
      console.log(jobs.every((job) => job.state === 'cancelled'));`);
    expect({ code, output }).toEqual({ code: 0, output: 'true\n' });
  });
});

describe('a runner on threads', () => {
  it('ends loops that read stopped, with their results', async () => {
    const threads = pool(2);
    const runner = new JobRunner({ executor: threads });
    const gate = new Gate();
    const jobs = [
      runner.start(threads.tasks.pollUntilStopped, [gate.cells]),
      runner.start(threads.tasks.pollUntilStopped, [gate.cells]),
      runner.start(threads.tasks.pollUntilStopped, [gate.cells]),
    ];
    await gate.arrived(2);
    await runner.shutdown();
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'done', 'cancelled']);
    expect(await jobs[0]).toBe('stopped in peace');
    // Their threads are as good as new.
    const again = start(threads.tasks.passGate, gate.cells);
    await gate.arrived(3);
    gate.open();
    expect(await again).toBe('passed');
  });

  /** A runner with one job, which runs on the only thread there is. */
  const running = async (task: 'passGate' | 'spin') => {
    const threads = pool(1);
    const runner = new JobRunner();
    const gate = new Gate();
    const job = runner.start<[Int32Array], unknown>(threads.tasks[task], [gate.cells]);
    await gate.arrived();
    return { threads, runner, gate, job };
  };

  it('lets what does not look come to its end, its signal untouched', async () => {
    const { runner, gate, job } = await running('passGate');
    const shutdown = runner.shutdown({ wait: true });
    expect(job.state).toBe('running');
    gate.open();
    await shutdown;
    expect(await job).toBe('passed');
  });

  it('kills what does not end when it is not to wait', async () => {
    const { threads, runner, job } = await running('spin');
    await runner.shutdown({ wait: false });
    expect(job.state).toBe('cancelled');
    expect(await start(threads.tasks.plusTwo, 1)).toBe(3);
  });
});

describe('runJob on threads', () => {
  it('stops an item for good that takes too long', async () => {
    const threads = pool(2);
    const gate = new Gate();
    const results = await runJob({
      task: threads.tasks.spin,
      items: [gate.cells, gate.cells],
      timeoutMs: 200,
      graceMs: 0,
      onError: (error) => [(error as { code: string }).code],
    });
    expect(results).toEqual(['ERR_TASK_TIMEOUT', 'ERR_TASK_TIMEOUT']);
    // Both threads work again: neither is in the loop any more.
    expect(await runJob({ task: threads.tasks.plusTwo, items: [1, 2, 3, 4] })).toEqual([3, 4, 5, 6]);
  });

  it('reads no more items than there soon is room for, and none after a failure', async () => {
    const threads = pool(1);
    let read = 0;
    let isReturned = false;
    function* items(): Generator<number> {
      try {
        for (; read < 1e6; read++) yield 3;
      } finally {
        isReturned = true;
      }
    }
    await expect(runJob({ task: threads.tasks.oneOver, items: items() })).rejects.toThrow('division by zero');
    expect(isReturned).toBe(true);
    expect(read).toBeLessThan(10_000);
  });

  it('opens pools inside of pools', async () => {
    const threads = pool(2);
    expect(await runJob({ task: threads.tasks.sumPlusTwo, items: [[1, 2], [3], []] })).toEqual([7, 5, 0]);
  });

  it('finds circles among the jobs of a worker', async () => {
    const threads = pool(1);
    expect(await start(threads.tasks.jobsInWorker)).toBe('ERR_DEADLOCK');
  });
});

describe('a job on this thread', () => {
  it('finds its task behind an await, whatever else the program imports', async () => {
    const program = runProgram(`
      import { inline } from 'rxjs-background';
      import { JobRunner } from 'rxjs-background/jobs';
      import { currentTask } from 'rxjs-background/worker';
      const runner = new JobRunner({ executor: inline() });
      let turns = 0;
      let goneOn;
      const hasGoneOn = new Promise((resolve) => (goneOn = resolve));
      const job = runner.start(async () => {
        while (!currentTask().stopped) {
          await new Promise((resolve) => setImmediate(resolve));
          if (++turns === 2) goneOn();
        }
        return 'stopped';
      });
      await hasGoneOn;
      void runner.shutdown();
      console.log(await job);`);
    expect(await program.ended).toMatchObject({ code: 0, output: 'stopped\n' });
  });
});

describe('deadlocks', () => {
  it('of jobs on this thread that wait for jobs on others are none', async () => {
    const threads = pool(1);
    const here = inline({
      outer: async (): Promise<number> =>
        (await start(threads.tasks.plusTwo, 1)) + (await start(threads.tasks.plusTwo, 2)),
    });
    expect(await Promise.all([start(here.tasks.outer), start(here.tasks.outer)])).toEqual([7, 7]);
  });

  it('are found behind timers, files and callbacks', async () => {
    const here = inline({
      self: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const { readFile } = await import('node:fs/promises');
        await readFile(fixture('job-tasks.mjs'));
        return new Promise((resolve, reject) => {
          setImmediate(() => void job.then(resolve, reject));
        });
      },
    });
    const job: PromiseLike<unknown> = start(here.tasks.self);
    await expect(job).rejects.toBeInstanceOf(DeadlockError);
  });
});
