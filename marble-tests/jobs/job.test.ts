import { config, EMPTY, finalize, from, lastValueFrom, map, NEVER, Subject, throwError, timer, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { TaskCancelledError } from '../../src/errors.js';
import { inline } from '../../src/executors/inline.js';
import { fromPull, ExecutorClosedError, TaskNotFoundError } from '../../src/index.js';
import { start, type Job } from '../../src/jobs/index.js';
import { currentTask } from '../../src/worker/current-task.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { bindTask } from '../../src/executors/task.js';
import { marbles } from '../marbles.js';
import { failLater, later } from '../pressure.js';

/** A task of an executor in the hands of the test. */
function byHand(capacity = 1): { executor: HandExecutor; begin: (...args: unknown[]) => Job<unknown> } {
  const executor = new HandExecutor(capacity);
  return { executor, begin: (...args) => start(bindTask<unknown[], unknown>({ executor, task: 'work' }), ...args) };
}

describe('a job', () => {
  it('tells everybody its end, though a teardown of one of them throws', async () => {
    const reported = new Promise((resolve) => (config.onUnhandledError = resolve));
    const { executor, begin } = byHand();
    const job = begin();
    const throwing = finalize(() => {
      throw 'teardown';
    });
    const told: string[] = [];
    job.result$.pipe(throwing).subscribe();
    job.result$.subscribe({ complete: () => told.push('complete') });
    executor.calls[0]?.listener.result(1);

    expect(told).toEqual(['complete']);
    expect(await reported).toMatchObject({ errors: ['teardown'] });
    config.onUnhandledError = null;
  });

  it('is started once, however often it is asked for', async () => {
    let calls = 0;
    const here = inline({ work: (n: number) => (calls++, 2 * n) });
    const job = start(here.tasks.work, 21);
    expect(calls).toBe(1);
    expect(await Promise.all([job, job, job.then((n) => -n)])).toEqual([42, 42, -42]);
    const seen: number[] = [];
    job.result$.subscribe((n) => seen.push(n));
    job.result$.subscribe((n) => seen.push(n));
    expect(seen).toEqual([42, 42]);
    expect(calls).toBe(1);
  });

  it('is queued, running, done', () => {
    const { executor, begin } = byHand();
    const job = begin(1, 'b');
    const [call] = executor.calls;
    expect(call!.call).toMatchObject({ task: 'work', args: [1, 'b'], attempt: 1 });
    expect(job.state).toBe('queued');
    call!.listener.started?.();
    expect(job.state).toBe('running');
    call!.listener.result(7);
    expect(job.state).toBe('done');
  });

  it('is failed when its task is', async () => {
    const { executor, begin } = byHand();
    const job = begin();
    executor.calls[0]!.listener.started?.();
    executor.calls[0]!.listener.failed(undefined);
    expect(job.state).toBe('failed');
    await expect(job.then(() => 'fine', (error: unknown) => ['failed', error])).resolves.toEqual(['failed', undefined]);
  });

  it('is failed when it could not begin', async () => {
    const here = inline({});
    await here.close();
    const closed = start((n: number) => n, 1);
    const missing = start(bindTask<[], unknown>({ executor: inline({}), task: 'missing' }));
    const refused = start(bindTask<[], unknown>({ executor: here, task: () => 1 }));
    closed.cancel();
    await expect(missing).rejects.toBeInstanceOf(TaskNotFoundError);
    await expect(refused).rejects.toBeInstanceOf(ExecutorClosedError);
    expect(missing.state).toBe('failed');
  });

  it('has a number of its own, in the order of starting', () => {
    const { begin } = byHand();
    const ids = [begin(), begin(), begin()].map(({ id }) => id);
    expect(ids).toEqual([ids[0], ids[0]! + 1, ids[0]! + 2]);
  });

  it('can be asked early and late, in virtual time', marbles(({ cold, expectObservable }) => {
    const here = inline({ work: () => timer(3).pipe(map(() => 'x')) });
    const job = start(here.tasks.work);
    const ask = cold('      a-----b|');
    const expected = '      ---x--(x|)';
    const asked = new Subject<string>();

    expectObservable(asked).toBe(expected);
    ask.subscribe({ next: () => job.result$.subscribe((x) => asked.next(x)), complete: () => undefined });
    timer(6).subscribe(() => asked.complete());
  }));

  it('gives its result and its end, in virtual time', marbles(({ expectObservable, expectSubscriptions, cold }) => {
    const source = cold('   --a-b|');
    const runs = '          ^----!';
    const here = inline({ work: () => source, fails: () => failLater(2, 'error'), later: () => later(4, 'x') });
    const streamed = start(here.tasks.work);
    const failed = start(here.tasks.fails);
    const kept = start(here.tasks.later);

    expectObservable(streamed.result$).toBe('-----(b|)');
    expectObservable(failed.result$).toBe('  --#');
    expectObservable(kept.result$).toBe('    ----(x|)');
    expectSubscriptions(source.subscriptions).toBe(runs);
  }));

  it('goes on when those who watched it have left', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('   ----(a|)');
    const here = inline({ work: () => source });
    const job = start(here.tasks.work);

    expectObservable(job.result$, '^-!').toBe('----');
    expectObservable(job.result$, '-----^').toBe('-----(a|)');
    expectSubscriptions(source.subscriptions).toBe('^---!');
  }));

  it('of a task that streams nothing gives undefined', async () => {
    const here = inline({ empty: () => EMPTY, fails: () => throwError(() => 'e') });
    expect(await start(here.tasks.empty)).toBeUndefined();
    await expect(start(here.tasks.fails)).rejects.toBe('e');
  });

  it('can be used wherever RxJS takes a promise', async () => {
    const here = inline({ work: () => 1 });
    expect(await lastValueFrom(from(start(here.tasks.work)))).toBe(1);
  });

  it('tells with no valve current', () => {
    const { executor, begin } = byHand();
    const job = begin();
    const valves: unknown[] = [];
    job.result$.subscribe(() => valves.push(currentValve()));
    fromPull([1]).subscribe(() => {
      expect(currentValve()).toBeDefined();
      executor.calls[0]!.listener.result(1);
    });
    expect(valves).toEqual([undefined]);
  });

  it('runs catch and finally as a promise does', async () => {
    const here = inline({ works: () => 1, fails: () => Promise.reject(new RangeError('r')) });
    const ran: string[] = [];
    expect(await start(here.tasks.works).catch(() => 2)).toBe(1);
    expect(await start(here.tasks.works).finally(() => ran.push('works'))).toBe(1);
    expect(await start(here.tasks.fails).catch((error: unknown) => (error as Error).message)).toBe('r');
    await start(here.tasks.fails).finally(() => ran.push('fails')).catch(() => ran.push('caught'));
    expect(ran).toEqual(['works', 'fails', 'caught']);
  });

  it.each([[undefined], [5], ['name'], [null], [{}]])('is refused for the task %j', (task) => {
    expect(() => start(task as never)).toThrow(/start: task must be a function, but it is/);
  });
});

describe('a cancelled job', () => {
  it('that waits is dropped, one that runs is stopped; both are cancelled at once', () => {
    const { executor, begin } = byHand();
    const [running, waiting] = [begin(), begin()];
    executor.calls[0]!.listener.started?.();
    for (const job of [running, waiting]) job.cancel();
    expect([running.state, waiting.state]).toEqual(['cancelled', 'cancelled']);
    expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([1, 1]);
    running.cancel();
    expect(executor.calls[0]!.cancelled).toBe(1);
  });

  it('rejects with a TaskCancelledError that names it', async () => {
    const here = inline({ never: () => NEVER });
    const job = start(here.tasks.never);
    const seen: unknown[] = [];
    job.result$.subscribe({ error: (error: unknown) => seen.push(error) });
    job.cancel();
    expect(seen).toHaveLength(1);
    await expect(job).rejects.toBe(seen[0]);
    expect(seen[0]).toBeInstanceOf(TaskCancelledError);
    expect((seen[0] as Error).message).toBe(`job ${String(job.id)} (never) was cancelled.`);
  });

  it('stays what it was when it is over already', async () => {
    const here = inline({ work: () => 1 });
    const job = start(here.tasks.work);
    job.cancel();
    expect(job.state).toBe('done');
    expect(await job).toBe(1);
  });

  it('can be cancelled by what it tells, and inside its own call', () => {
    const jobs: Job<unknown>[] = [];
    let stopped: boolean | undefined;
    const here = inline({
      work: (): Observable<never> => {
        const task = currentTask();
        queueMicrotask(() => jobs[0]?.cancel());
        task.signal.addEventListener('abort', () => {
          stopped = task.stopped;
          expect(jobs[0]?.state).toBe('cancelled');
          jobs[0]?.cancel();
        });
        return NEVER;
      },
    });
    jobs.push(start(here.tasks.work));
    jobs[0]!.result$.subscribe({ error: () => jobs[0]!.cancel() });
    return Promise.resolve().then(() => {
      expect(stopped).toBe(true);
    });
  });

  it('frees its slot', async () => {
    const here = inline({ never: () => NEVER, work: () => 1 }, { capacity: 1 });
    const never = start(here.tasks.never);
    const next = start(here.tasks.work);
    expect(next.state).toBe('queued');
    never.cancel();
    expect(next.state).toBe('done');
    expect(await next).toBe(1);
  });
});

describe('a failure', () => {
  const reported: unknown[] = [];
  const report = (reason: unknown): void => void reported.push(reason);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  afterEach(() => {
    process.off('unhandledRejection', report);
    reported.length = 0;
  });
  const here = inline({ fails: () => Promise.reject(new Error('unheard')), never: () => NEVER });

  it('that nobody observes is reported as an unhandled rejection is', async () => {
    process.on('unhandledRejection', report);
    start(here.tasks.fails);
    await turn();
    expect(reported.map(String)).toEqual(['Error: unheard']);
  });

  it.each<[string, (job: Job<never>) => unknown]>([
    ['then', (job) => job.then(undefined, () => undefined)],
    ['catch', (job) => job.catch(() => undefined)],
    ['await', async (job) => await job.catch(() => undefined)],
    ['result$', (job) => job.result$.subscribe({ error: () => undefined })],
  ])('that is observed by %s is not', async (_how, observe) => {
    process.on('unhandledRejection', report);
    observe(start(here.tasks.fails));
    await turn();
    expect(reported).toEqual([]);
  });

  it('that is a cancellation is not', async () => {
    process.on('unhandledRejection', report);
    start(here.tasks.never).cancel();
    await turn();
    expect(reported).toEqual([]);
  });

  it('of what follows from the job is reported like that of any promise', async () => {
    process.on('unhandledRejection', report);
    void start(here.tasks.fails).finally(vi.fn());
    await turn();
    expect(reported.map(String)).toEqual(['Error: unheard']);
  });
});
