import { defer, firstValueFrom, lastValueFrom, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DeadlockError } from '../../src/errors.js';
import { backgroundMap, inline } from '../../src/index.js';
import { background, JobRunner, runJob, start, type Job } from '../../src/jobs/index.js';

/** A promise in the hands of the test. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** How one waits for a job. */
const ways: [string, (job: Job<unknown>) => Promise<unknown>][] = [
  ['await', async (job) => await job],
  ['then', (job) => job.then((value) => value)],
  ['then, inside a promise', (job) => new Promise((resolve, reject) => void job.then(resolve, reject))],
  ['Promise.all', (job) => Promise.all([job])],
  ['result$', (job) => new Promise((resolve, reject) => job.result$.subscribe({ next: resolve, error: reject }))],
  ['firstValueFrom', (job) => firstValueFrom(job.result$)],
  ['finally', (job) => job.finally()],
];

describe.each(ways)('a job that waits with %s', (_way, wait) => {
  it('for itself gets a DeadlockError that says so', async () => {
    const here = inline({
      self: async () => {
        await Promise.resolve();
        return wait(job);
      },
    });
    const job: Job<unknown> = start(here.tasks.self);
    const error: DeadlockError = await job.then(
      () => expect.fail(),
      (reason: unknown) => reason as DeadlockError,
    );
    const name = `job ${String(job.id)} (self)`;
    expect(error).toBeInstanceOf(DeadlockError);
    expect(error.code).toBe('ERR_DEADLOCK');
    expect(error.circle).toEqual([name, name]);
    expect(error.message).toContain(`${name} → ${name}`);
  });

  it('for one that waits for it gets a DeadlockError with the circle, and the other goes on', async () => {
    const closes = gate();
    const here = inline({
      first: async () => {
        await Promise.resolve();
        return ['first', await wait(second)];
      },
      second: async () => {
        await closes.passed;
        return wait(first).then(() => 'never', (error: unknown) => ['told', (error as DeadlockError).code, (error as DeadlockError).circle]);
      },
    });
    const first: Job<unknown> = start(here.tasks.first);
    const second: Job<unknown> = start(here.tasks.second);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    closes.open();
    const names = [second, first, second].map(({ id }, n) => `job ${String(id)} (${n === 1 ? 'first' : 'second'})`);
    const told = ['told', 'ERR_DEADLOCK', names];
    expect(await second).toEqual(told);
    expect((await first as unknown[]).flat(1)).toEqual(['first', ...(_way === 'Promise.all' ? [told] : told)]);
  });
});

describe('a circle of jobs', () => {
  it('through any number of them is found, in the one that closes it', async () => {
    const closes = gate();
    const jobs: Job<string>[] = [];
    const here = inline({
      link: async (n: number): Promise<string> => {
        if (n === 4) await closes.passed;
        else await Promise.resolve();
        return jobs[(n + 1) % 5]!.then(
          (value) => `${String(n)}${value}`,
          (error: unknown) => Promise.reject(error),
        );
      },
    });
    for (let n = 0; n < 5; n++) jobs.push(start(here.tasks.link, n));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    closes.open();
    const ends = await Promise.allSettled(jobs);
    const reasons = ends.map((end) => end.status === 'rejected' && end.reason as DeadlockError);
    expect(new Set(reasons).size).toBe(1);
    expect((reasons[0] as DeadlockError).circle.map((name) => jobs.findIndex(({ id }) => name.startsWith(`job ${String(id)} `)))).toEqual([4, 0, 1, 2, 3, 4]);
  });

  it('leaves those alone who only wait for one of its jobs', async () => {
    const here = inline({
      self: async () => {
        await Promise.resolve();
        return job.then(undefined, () => 'noticed');
      },
      bystander: async () => await job,
    });
    const job: Job<string> = start(here.tasks.self);
    expect(await start(here.tasks.bystander)).toBe('noticed');
  });

  it('is none when the wait was given up', async () => {
    const closes = gate();
    const here = inline({
      first: async () => {
        await Promise.resolve();
        second.result$.subscribe({ error: () => undefined }).unsubscribe();
        await closes.passed;
        return 1;
      },
      second: async (): Promise<number> => {
        await Promise.resolve();
        await Promise.resolve();
        closes.open();
        return (await first) + 1;
      },
    });
    const first: Job<number> = start(here.tasks.first);
    const second: Job<number> = start(here.tasks.second);
    expect(await second).toBe(2);
  });

  it('is none when the one that was waited for is over', async () => {
    const here = inline({
      early: () => 1,
      late: async () => (await early) + (await start(here.tasks.early)) + (await firstValueFrom(early.result$)),
    });
    const early = start(here.tasks.early);
    expect(await start(here.tasks.late)).toBe(3);
  });

  it('is none when somebody outside waits', async () => {
    const here = inline({ work: async () => await Promise.resolve(1) });
    const job = start(here.tasks.work);
    expect(await Promise.all([job, job, firstValueFrom(job.result$)])).toEqual([1, 1, 1]);
  });

  it('is seen through calls that are no jobs', async () => {
    const here = inline({
      outer: async () => {
        await Promise.resolve();
        return lastValueFrom(of(1).pipe(backgroundMap(here.tasks.inner)));
      },
      inner: async (_n: number): Promise<unknown> => await job,
    });
    const job: Job<unknown> = start(here.tasks.outer);
    await expect(job).rejects.toBeInstanceOf(DeadlockError);
  });

  it('that nobody hears of is reported: a refused wait observes nothing', async () => {
    const reported: unknown[] = [];
    const report = (reason: unknown): void => void reported.push((reason as { code?: unknown }).code);
    process.on('unhandledRejection', report);
    const here = inline({
      self: async () => {
        await Promise.resolve();
        await job;
      },
    });
    const job: Job<unknown> = start(here.tasks.self);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', report);
    expect(reported).toEqual(['ERR_DEADLOCK']);
  });
});

describe('a pool', () => {
  it('whose only slot waits for a queued job is a DeadlockError, and the queued job runs', async () => {
    const ran: string[] = [];
    const here = inline(
      {
        outer: async () => {
          const inner = start(here.tasks.inner);
          expect(inner.state).toBe('queued');
          const error = await inner.then(undefined, (reason: unknown) => reason);
          return [error, inner] as const;
        },
        inner: () => void ran.push('inner'),
      },
      { capacity: 1 },
    );
    const outer = start(here.tasks.outer);
    const [error, inner] = await outer;
    expect(error).toBeInstanceOf(DeadlockError);
    const names = [`job ${String(outer.id)} (outer)`, `job ${String(inner.id)} (inner)`];
    expect((error as DeadlockError).circle).toEqual([...names, 'a place of inline()', names[0]]);
    await inner;
    expect(ran).toEqual(['inner']);
  });

  it('with a slot that will come free is none', async () => {
    const here = inline(
      {
        outer: async (): Promise<string> => await start(here.tasks.inner),
        inner: () => 'inner',
        busy: () => released.passed,
      },
      { capacity: 2 },
    );
    const released = gate();
    start(here.tasks.busy);
    const outer = start(here.tasks.outer);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(outer.state).toBe('running');
    released.open();
    expect(await outer).toBe('inner');
  });

  it('with every slot waiting is one, in the last of them', async () => {
    const here = inline(
      {
        outer: async (): Promise<string> => {
          await Promise.resolve();
          return await start(here.tasks.inner);
        },
        inner: () => 'inner',
      },
      { capacity: 3 },
    );
    const outers = [1, 2, 3].map(() => start(here.tasks.outer));
    const ends = await Promise.allSettled(outers);
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect((ends[2] as PromiseRejectedResult).reason).toBeInstanceOf(DeadlockError);
  });

  it('may be the workers of a runner', async () => {
    const runner = new JobRunner({ maxWorkers: 1, executor: inline() });
    const outer = runner.start(async () => await runner.start(() => 'inner'));
    await expect(outer).rejects.toThrow('a place of JobRunner');
    expect(await runner.jobs.get(runner.latestId!)).toBe('inner');
  });

  it('of one runner can be what a job of another waits for', async () => {
    const [one, other] = [new JobRunner({ maxWorkers: 1, executor: inline() }), new JobRunner({ maxWorkers: 1, executor: inline() })];
    const closes = gate();
    const first = one.start(async (): Promise<unknown> => {
      await closes.passed;
      return other.start(() => 'queued behind the second').then((text) => text);
    });
    const second = other.start(async (): Promise<unknown> => {
      const job = one.start(() => 'queued behind the first');
      closes.open();
      return job;
    });
    const ends = await Promise.allSettled([first, second]);
    const failed = ends.filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(1);
    expect((failed[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'ERR_DEADLOCK' });
  });

  it('may be held by calls that are no jobs', async () => {
    const here = inline(
      {
        outer: async (_n: number): Promise<unknown> => {
          await Promise.resolve();
          return await start(here.tasks.inner);
        },
        inner: () => 'inner',
      },
      { capacity: 2 },
    );
    start(background(() => 'jobs are in use', { executor: inline() }));
    const called = await Promise.allSettled([lastValueFrom(here.tasks.outer(1)), lastValueFrom(here.tasks.outer(2))]);
    expect(called.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const reason = (called[1] as PromiseRejectedResult).reason as DeadlockError;
    expect(reason).toBeInstanceOf(DeadlockError);
    expect(reason.circle[0]).toBe("a call of task 'outer'");
    await expect(runJob({ task: here.tasks.outer, items: [1, 2, 3], concurrency: 2, onError: 'skip' })).resolves.toContain('inner');
  });

  it('may be what a job waits for through a call', async () => {
    const narrow = inline({ outer: async (): Promise<unknown> => await start(narrow.tasks.inner), inner: () => 'inner' }, { capacity: 1 });
    const wide = inline({ job: () => lastValueFrom(narrow.tasks.outer()) });
    await expect(start(wide.tasks.job)).rejects.toBeInstanceOf(DeadlockError);
  });

  it('is free again when the calls that held it are over', async () => {
    const here = inline({ quick: () => 'quick', outer: async (): Promise<unknown> => await start(here.tasks.quick) }, { capacity: 2 });
    start(here.tasks.quick);
    for (let before = 0; before < 5; before++) await lastValueFrom(here.tasks.quick());
    expect(await start(here.tasks.outer)).toBe('quick');
  });

  it('is full of those who hold it now, not of those who did', async () => {
    const here = inline(
      {
        quick: () => 'quick',
        outer: async (): Promise<unknown> => {
          await Promise.resolve();
          return await start(here.tasks.quick);
        },
      },
      { capacity: 1 },
    );
    for (let before = 0; before < 3; before++) await start(here.tasks.quick);
    await expect(start(here.tasks.outer)).rejects.toBeInstanceOf(DeadlockError);
  });

  it('without a limit is never full', async () => {
    const count = background(async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await count.start(n - 1))), { executor: inline() });
    expect(await count.start(100)).toBe(100);
  });

  it('that an earlier wait has filled refuses who comes to queue for it', async () => {
    // The first holds the executor's only slot and waits for a job that waits for a worker of the runner.
    const executor = inline({ first: async () => await queued }, { capacity: 1 });
    const runner = new JobRunner({ maxWorkers: 1, executor });
    const free = gate();
    const blocker = runner.start(background(() => free.passed, { executor: inline() }));
    const queued = runner.start(() => 'too late');
    const first = start(executor.tasks.first);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect([blocker.state, queued.state, first.state]).toEqual(['running', 'queued', 'running']);
    free.open();
    await expect(queued).rejects.toBeInstanceOf(DeadlockError);
    await expect(first).rejects.toBeInstanceOf(DeadlockError);
  });
});

describe('who works on what', () => {
  it('is nobody, for a job that another makes room for', async () => {
    // The second starts because the first ends; what it waits for is no business of the first one’s starter.
    const here = inline({ quick: async () => await Promise.resolve('quick'), waits: async () => await parent, never: () => NEVER }, { capacity: 1 });
    const free = inline({
      parent: async () => {
        const quick = start(here.tasks.quick);
        const text = await quick;
        await Promise.resolve();
        return text;
      },
    });
    const parent: Job<string> = start(free.tasks.parent);
    const waits = start(here.tasks.waits);
    expect(await waits).toBe('quick');
  });

  it('is the job, for a result that streams, whoever made room for it', async () => {
    const here = inline({ quick: () => later.passed, streams: () => defer(() => job) }, { capacity: 1 });
    const later = gate();
    start(here.tasks.quick);
    const job: Job<unknown> = start(here.tasks.streams);
    later.open();
    await expect(job).rejects.toBeInstanceOf(DeadlockError);
  });

  it('is the subscriber, for what a result brings to it', async () => {
    const closes = gate();
    const here = inline({
      source: async () => {
        await closes.passed;
        return 1;
      },
      watcher: async () => {
        await Promise.resolve();
        return new Promise((_resolve, reject) => {
          source.result$.subscribe(() => void watcher.then(undefined, reject));
        });
      },
    });
    const source = start(here.tasks.source);
    const watcher: Job<unknown> = start(here.tasks.watcher);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    closes.open();
    await expect(watcher).rejects.toBeInstanceOf(DeadlockError);
  });
});
