import { config, finalize, lastValueFrom, map, NEVER, Subject, takeUntil, timer } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ExecutorClosedError, TaskCancelledError } from '../../src/errors.js';
import { bindTask } from '../../src/executors/task.js';
import { configureDefault, inline } from '../../src/index.js';
import { background, JobRunner, start, type Job, type JobRunnerOptions } from '../../src/jobs/index.js';
import { currentTask } from '../../src/worker/current-task.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { marbles } from '../marbles.js';

/** A promise in the hands of the test. */
function gateOf(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** A runner whose jobs end when the test says so. */
function byHand(options: JobRunnerOptions = {}): {
  executor: HandExecutor;
  runner: JobRunner;
  begin: () => Job<unknown>;
  finish: (call: number) => void;
} {
  const executor = new HandExecutor(options.maxWorkers ?? 9);
  const runner = new JobRunner(options);
  return {
    executor,
    runner,
    begin: () => {
      const job = runner.start(bindTask<[], unknown>({ executor, task: 'work' }));
      executor.calls.filter(({ cancelled }) => cancelled === 0).at(-1)?.listener.started?.();
      return job;
    },
    finish: (call) => executor.calls[call]!.listener.result(call),
  };
}

describe('a runner', () => {
  it('starts jobs and knows them by their number', async () => {
    const runner = new JobRunner({ executor: inline() });
    expect([runner.latestId, runner.jobs.size, runner.stopped]).toEqual([undefined, 0, false]);
    const sum = runner.start((a: number, b: number) => a + b, [1, 2]);
    const hello = runner.start(() => 'hello');
    expect(runner.latestId).toBe(hello.id);
    expect([...runner.jobs]).toEqual([[sum.id, sum], [hello.id, hello]]);
    expect([await sum, await hello]).toEqual([3, 'hello']);
  });

  it('runs at most maxWorkers at once; the rest wait, first come, first served', () => {
    const { begin, executor, finish } = byHand({ maxWorkers: 2 });
    const jobs = [begin(), begin(), begin(), begin()];
    expect(executor.calls).toHaveLength(2);
    expect(jobs.map(({ state }) => state)).toEqual(['running', 'running', 'queued', 'queued']);
    finish(1);
    expect(executor.calls).toHaveLength(3);
    jobs[3]!.cancel();
    finish(0);
    finish(2);
    expect(executor.calls).toHaveLength(3);
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'cancelled']);
  });

  it('runs three waves of 40, 40 and 20, in virtual time', marbles(({ expectObservable }) => {
    const here = inline({ work: (n: number) => timer(10_000).pipe(map(() => n)) });
    const runner = new JobRunner({ maxWorkers: 40 });
    const ends = new Subject<number>();
    const done: number[] = [];
    for (let n = 0; n < 100; n++) {
      runner.start(here.tasks.work, [n]).result$.subscribe((value) => {
        done.push(value);
        if (done.length % 40 === 0 || done.length === 100) ends.next(done.length);
      });
    }
    expectObservable(ends).toBe('10s a 9999ms b 9999ms c', { a: 40, b: 80, c: 100 });
  }));

  it('leaves tasks of an executor where they belong, and takes functions without one', async () => {
    const away = inline({ where: (): unknown => currentTask().data }, { data: 'away' });
    const runner = new JobRunner({ executor: inline(undefined, { data: 'here' }) });
    const placed = background((): unknown => currentTask().data, { executor: away });
    expect(await runner.start(away.tasks.where)).toBe('away');
    expect(await runner.start(placed)).toBe('away');
    expect(await runner.start(() => currentTask().data)).toBe('here');
    expect(await runner.start(background((): unknown => currentTask().data))).toBe('here');
  });

  it('takes functions to the default executor when it has none', async () => {
    configureDefault({ executor: inline(undefined, { data: 'default' }) });
    expect(await new JobRunner().start(() => currentTask().data)).toBe('default');
  });

  it('does not grow the stack over a hundred thousand jobs that end at once', async () => {
    const runner = new JobRunner({ maxWorkers: 1, executor: inline() });
    let open: () => void = () => undefined;
    runner.start(
      () =>
        new Promise<void>((resolve) => {
          open = resolve;
        }),
    );
    let ran = 0;
    for (let n = 0; n < 100_000; n++) runner.start(() => ran++);
    expect(ran).toBe(0);
    open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toBe(100_000);
    expect(runner.jobs.size).toBe(1000);
  });

  it.each<[unknown, RegExp]>([
    [{ maxWorkers: 0 }, /JobRunner: maxWorkers must be .* but it is 0/],
    [{ maxWorkers: '2' }, /JobRunner: maxWorkers must be .* but it is '2'/],
    [{ executor: {} }, /JobRunner: executor.execute must be a function/],
    [{ keepCount: -1 }, /JobRunner: keepCount/],
    [{ keepMs: -1 }, /JobRunner: keepMs/],
    [{ warnAfterMs: NaN }, /JobRunner: warnAfterMs/],
    [{ handleInterrupt: 'yes' }, /JobRunner: handleInterrupt must be true or false or a function, but it is 'yes'/],
    [{ workers: 2 }, /JobRunner: there is no option 'workers'/],
    [null, /JobRunner: options must be an object/],
  ])('refuses the options %j', (options, message) => {
    expect(() => new JobRunner(options as never)).toThrow(message);
  });
});

describe('a start that is refused', () => {
  it.each<[string, (runner: JobRunner) => unknown]>([
    ['for no task', (runner) => runner.start('work' as never)],
    ['for no array', (runner) => runner.start((n: number) => n, 5 as never)],
    ['after shutdown', (runner) => {
      void runner.shutdown();
      return runner.start(() => 1);
    }],
  ])('%s changes nothing', (_why, refused) => {
    const runner = new JobRunner({ executor: inline() });
    const before = runner.start(() => 1);
    expect(() => refused(runner)).toThrow();
    expect([runner.latestId, [...runner.jobs.keys()]]).toEqual([before.id, [before.id]]);
  });

  it('after shutdown says so', () => {
    const runner = new JobRunner({ executor: inline() });
    void runner.shutdown();
    const late = function late(): number {
      return 1;
    };
    expect(() => runner.start(late)).toThrow(ExecutorClosedError);
    expect(() => runner.start(late)).toThrow('JobRunner is shut down and takes no job of a function late; make a new one.');
  });
});

describe('finished jobs', () => {
  it('are let go once there are more than keepCount; those that run stay', () => {
    const { begin, runner, finish } = byHand({ keepCount: 2 });
    const jobs = [begin(), begin(), begin(), begin(), begin()];
    for (const call of [1, 2, 3]) finish(call);
    expect([...runner.jobs.values()]).toEqual([jobs[0], jobs[2], jobs[3], jobs[4]]);
  });

  it('are let go after keepMs', marbles(({ cold, expectObservable }) => {
    const runner = new JobRunner({ executor: inline(), keepMs: 5 });
    const starts = cold('a---b');
    const looks = cold(' --------------x-|');
    const sizes = '      1---2---------0-|';
    starts.subscribe(() => void runner.start(() => 1));
    const seen = new Subject<string>();
    expectObservable(seen).toBe(sizes);
    starts.subscribe(() => seen.next(String(runner.jobs.size)));
    looks.subscribe({ next: () => seen.next(String(runner.jobs.size)), complete: () => seen.complete() });
  }));

  it('are let go at once with a keepCount of 0', () => {
    const runner = new JobRunner({ executor: inline(), keepCount: 0 });
    const job = runner.start(() => 1);
    expect([job.state, runner.jobs.size, runner.latestId]).toEqual(['done', 0, job.id]);
  });
});

describe('shutdown', () => {
  it('cancels what waits and lets what runs come to its end', async () => {
    const { begin, executor, finish, runner } = byHand({ maxWorkers: 1 });
    const [running, waiting] = [begin(), begin()];
    const ended = vi.fn();
    const shutdown = runner.shutdown().then(ended);
    expect([running.state, waiting.state, executor.calls.length]).toEqual(['running', 'cancelled', 1]);
    await Promise.resolve();
    expect(ended).not.toHaveBeenCalled();
    finish(0);
    await shutdown;
    expect(await running).toBe(0);
  });

  it('cancels what waits in an executor, too', () => {
    const executor = new HandExecutor(1);
    const runner = new JobRunner();
    const job = runner.start(bindTask<[], unknown>({ executor, task: 'work' }));
    void runner.shutdown();
    expect([job.state, executor.calls[0]!.cancelled]).toEqual(['cancelled', 1]);
  });

  it('without waiting cancels what runs', async () => {
    const { begin, executor, runner } = byHand();
    const job = begin();
    await runner.shutdown({ wait: false });
    expect([job.state, executor.calls[0]!.cancelled]).toEqual(['cancelled', 1]);
    await expect(job).rejects.toBeInstanceOf(TaskCancelledError);
  });

  it('can be asked for before any start, and again and again', async () => {
    const runner = new JobRunner({ executor: inline() });
    await runner.shutdown();
    await Promise.all([runner.shutdown(), runner.shutdown({ wait: false })]);
    expect(runner.stopped).toBe(true);
  });

  it('without waiting cuts short one that waits', async () => {
    const { begin, runner } = byHand();
    const job = begin();
    const patient = runner.shutdown();
    await runner.shutdown({ wait: false });
    await patient;
    expect(job.state).toBe('cancelled');
  });

  it('can be asked for by one of its own jobs, which goes on', async () => {
    const runner = new JobRunner({ executor: inline() });
    const other = gateOf();
    const others = runner.start(() => other.passed);
    const job = runner.start(async () => {
      await Promise.resolve();
      const shutdown = Promise.all([runner.shutdown(), runner.shutdown({ wait: true })]);
      expect(others.state).toBe('running');
      other.open();
      await shutdown;
      expect(others.state).toBe('done');
      expect(() => runner.start(() => 1)).toThrow(ExecutorClosedError);
      return 'ended';
    });
    expect(await job).toBe('ended');
  });

  it('asked for by one of its jobs does not wait for those that wait for that one, now or later', async () => {
    const runner = new JobRunner({ executor: inline() });
    const late = gateOf();
    const early = runner.start(async () => {
      await Promise.resolve();
      return (await job) + 1;
    });
    const later = runner.start(async () => {
      await late.passed;
      return (await job) + 2;
    });
    const job: Job<number> = runner.start(async () => {
      await Promise.resolve();
      await Promise.resolve();
      const shutdown = runner.shutdown();
      late.open();
      await shutdown;
      return 1;
    });
    expect(await Promise.all([job, early, later])).toEqual([1, 2, 3]);
  });

  it('can be asked for by what one of its own jobs calls, or waits for', async () => {
    const runner = new JobRunner({ executor: inline() });
    const away = inline({ stops: () => runner.shutdown(), waited: async () => await runner.shutdown() });
    const job = runner.start(async () => {
      await Promise.resolve();
      await lastValueFrom(away.tasks.stops());
      await start(away.tasks.waited);
      return 'ended';
    });
    expect(await job).toBe('ended');
  });

  it('can be asked for by a job before its first await', async () => {
    const runner = new JobRunner({ executor: inline() });
    const job = runner.start(async () => {
      const task = currentTask();
      const before = task.stopped;
      void runner.shutdown();
      return [before, task.stopped, await Promise.resolve(task.signal.aborted)];
    });
    expect(await job).toEqual([false, true, false]);
  });

  it('can be asked for while it tells of the stop', () => {
    const { begin, runner } = byHand();
    const job = begin();
    runner.stopped$.subscribe(() => void runner.shutdown({ wait: false }));
    void runner.shutdown();
    expect(job.state).toBe('cancelled');
  });

  it('ends loops that look at currentTask().stopped, with their results', async () => {
    const runner = new JobRunner({ executor: inline() });
    const poll = async (): Promise<number> => {
      let turns = 0;
      for (const task = currentTask(); !task.stopped; turns++) await new Promise((resolve) => setImmediate(resolve));
      return turns;
    };
    const jobs = [runner.start(poll), runner.start(poll)];
    await new Promise((resolve) => setImmediate(resolve));
    await runner.shutdown();
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(await jobs[0]).toBeGreaterThan(0);
  });

  it('stops its jobs though a teardown of who was told throws, and reports that', async () => {
    const reported = new Promise((resolve) => (config.onUnhandledError = resolve));
    const { executor, runner, begin } = byHand({ maxWorkers: 1 });
    const jobs = [begin(), begin()];
    const throwing = finalize(() => {
      throw 'teardown';
    });
    runner.stopped$.pipe(throwing).subscribe();
    await runner.shutdown({ wait: false });

    expect(jobs.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect(executor.free).toBe(1);
    expect(await reported).toMatchObject({ errors: ['teardown'] });
    config.onUnhandledError = null;
  });

  it('is told by stopped and stopped$, to those who come later, too', marbles(({ cold, expectObservable }) => {
    const runner = new JobRunner({ executor: inline() });
    cold('                --s').subscribe(() => {
      expect(runner.stopped).toBe(false);
      void runner.shutdown();
      expect(runner.stopped).toBe(true);
      void runner.shutdown();
    });
    const source = cold(' abcd');

    expectObservable(runner.stopped$).toBe('        --(t|)', { t: true });
    expectObservable(runner.stopped$, '----^').toBe('----(t|)', { t: true });
    expectObservable(source.pipe(takeUntil(runner.stopped$))).toBe('ab|');
  }));

  it.each([[{ wait: 1 }], [{ now: true }], [null]])('refuses the options %j', (options) => {
    const runner = new JobRunner();
    expect(() => runner.shutdown(options as never)).toThrow(/shutdown: /);
    expect(runner.stopped).toBe(false);
  });
});

describe('a runner whose workers are all taken by jobs that do not end', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  afterEach(() => warn.mockClear());

  it('says so while others wait, with their names', marbles(({ flush }) => {
    const here = inline({ poll: () => NEVER, work: () => 1 });
    const runner = new JobRunner({ maxWorkers: 2, warnAfterMs: 100 });
    const polls = [runner.start(here.tasks.poll), runner.start(here.tasks.poll)];
    runner.start(here.tasks.work);
    timer(99).subscribe(() => expect(warn).not.toHaveBeenCalled());
    flush();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toContain(
      `1 job has been waiting for 100 ms in which none began and none ended. At work: ${polls.map(({ id }) => `job ${String(id)} (poll)`).join(', ')}.`,
    );
  }));

  it('says so when they wait in the executor', marbles(({ flush }) => {
    const here = inline({ poll: () => NEVER, work: () => 1 }, { capacity: 1 });
    const runner = new JobRunner({ warnAfterMs: 100 });
    runner.start(here.tasks.poll);
    runner.start(here.tasks.work);
    flush();
    expect(warn).toHaveBeenCalledTimes(1);
  }));

  it('says nothing while something moves, or nobody waits', marbles(({ flush }) => {
    const here = inline({ poll: () => NEVER, work: () => timer(80) });
    const runner = new JobRunner({ maxWorkers: 2, warnAfterMs: 100 });
    runner.start(here.tasks.poll);
    for (let n = 0; n < 5; n++) runner.start(here.tasks.work);
    flush();
    expect(warn).not.toHaveBeenCalled();
  }));

  it('counts from the last that began, too', marbles(({ flush }) => {
    const executor = new HandExecutor(1);
    const runner = new JobRunner({ warnAfterMs: 100 });
    for (let n = 0; n < 3; n++) runner.start(bindTask<[], unknown>({ executor, task: 'work' }));
    for (const [ms, call] of [[60, 0], [120, 1]] as const) timer(ms).subscribe(() => executor.calls[call]!.listener.started?.());
    timer(219).subscribe(() => expect(warn).not.toHaveBeenCalled());
    flush();
    expect(warn).toHaveBeenCalledTimes(1);
  }));

  it('says nothing when it is not to', marbles(({ flush }) => {
    const here = inline({ poll: () => NEVER });
    const runner = new JobRunner({ maxWorkers: 1, warnAfterMs: Infinity });
    runner.start(here.tasks.poll);
    runner.start(here.tasks.poll);
    flush();
    expect(warn).not.toHaveBeenCalled();
  }));

  it('says nothing once those who waited were cancelled', marbles(({ flush }) => {
    const here = inline({ poll: () => NEVER });
    const runner = new JobRunner({ maxWorkers: 1, warnAfterMs: 100 });
    runner.start(here.tasks.poll);
    const waiting = runner.start(here.tasks.poll);
    timer(50).subscribe(() => waiting.cancel());
    flush();
    expect(warn).not.toHaveBeenCalled();
  }));
});
