import { EMPTY, from, lastValueFrom, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TaskTimeoutError } from '../../src/errors.js';
import { configureDefault, inline, isTimeout, TIMEOUT } from '../../src/index.js';
import { background, DeadlockError, runJob, start, type JobProgress } from '../../src/jobs/index.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { bindTask } from '../../src/executors/task.js';

const tasks = {
  plusTwo: (n: number) => n + 2,
  plus: (n: number, m: number) => n + m,
  oneOver: (n: number) => {
    if (n === 3) throw new RangeError('division by zero');
    return n;
  },
};
const here = inline(tasks);

describe('runJob', () => {
  it('gives the results in the order of the items', async () => {
    expect(await runJob({ task: here.tasks.plusTwo, items: [1, 2, 3] })).toEqual([3, 4, 5]);
    expect(await runJob({ task: here.tasks.plusTwo, items: new Set([3, 1]) })).toEqual([5, 3]);
    expect(await runJob({ task: here.tasks.plusTwo, items: [] })).toEqual([]);
    expect(await runJob({ task: (letter: string) => letter + letter, items: 'ab', executor: inline() })).toEqual(['aa', 'bb']);
    const slowly = async function* (): AsyncGenerator<number> {
      yield* [await Promise.resolve(1), 2];
    };
    expect(await runJob({ task: here.tasks.plusTwo, items: slowly() })).toEqual([3, 4]);
  });

  it('passes more arguments, the same for all or made for each', async () => {
    expect(await runJob({ task: here.tasks.plus, items: [1, 2], args: [10] })).toEqual([11, 12]);
    expect(await runJob({ task: here.tasks.plus, items: [1, 2], args: (n, index) => [10 * n + index] })).toEqual([11, 23]);
  });

  it('runs four at once, or as many as it is told', async () => {
    const executor = new HandExecutor(9);
    const task = bindTask<[number], number>({ executor, task: 'work' });
    const items = [1, 2, 3, 4, 5, 6];
    const run = runJob({ task, items });
    expect(executor.calls).toHaveLength(4);
    // The last first: a slow head keeps nobody from being started.
    for (const call of [3, 2, 1, 4, 5, 0]) executor.calls[call]!.listener.result(call);
    expect(await run).toEqual([0, 1, 2, 3, 4, 5]);

    const two = new HandExecutor(9);
    void runJob({ task: bindTask<[number], number>({ executor: two, task: 'work' }), items, concurrency: 2 });
    expect(two.calls).toHaveLength(2);
  });

  it('is more than a head that takes long: others go on to the end of the items', async () => {
    const executor = new HandExecutor(9);
    const items = Array.from({ length: 100 }, (_, n) => n);
    const run = runJob({ task: bindTask<[number], number>({ executor, task: 'work' }), items, concurrency: 2 });
    for (let call = 1; call < 100; call++) {
      executor.calls[call]!.listener.started?.();
      executor.calls[call]!.listener.result(call);
    }
    executor.calls[0]!.listener.result(0);
    expect(await run).toEqual(items);
  });

  it('rejects with the failure that is first in the order of the items, and gives nothing', async () => {
    let results: number[] | undefined;
    const run = async (): Promise<void> => {
      results = await runJob({ task: here.tasks.oneOver, items: [1, 2, 3, 4] });
    };
    await expect(run()).rejects.toThrow(new RangeError('division by zero'));
    expect(results).toBeUndefined();
  });

  it('leaves failed items out, has a record of each, or puts something in their place', async () => {
    const [task, items] = [here.tasks.oneOver, [1, 2, 3, 4]];
    expect(await runJob({ task, items, onError: 'skip' })).toEqual([1, 2, 4]);
    expect(await runJob({ task, items: [2, 3], onError: 'settle' })).toEqual([
      { status: 'fulfilled', value: 2, input: 2 },
      { status: 'rejected', reason: new RangeError('division by zero'), input: 3 },
    ]);
    expect(await runJob({ task, items, onError: () => of(null) })).toEqual([1, 2, null, 4]);
    expect(await runJob({ task, items, onError: (error, item) => [String(error), item] })).toEqual([1, 2, 'RangeError: division by zero', 3, 4]);
    expect(await runJob({ task, items, onError: () => EMPTY })).toEqual([1, 2, 4]);
    await expect(runJob({ task, items, onError: () => throwError(() => 'worse') })).rejects.toBe('worse');
  });

  it('tells a value of undefined or null from a failure', async () => {
    const odd = inline({ odd: (n: number) => (n === 1 ? undefined : n === 2 ? null : Promise.reject(undefined)) });
    expect(await runJob({ task: odd.tasks.odd, items: [1, 2, 3], onError: 'settle' })).toEqual([
      { status: 'fulfilled', value: undefined, input: 1 },
      { status: 'fulfilled', value: null, input: 2 },
      { status: 'rejected', reason: undefined, input: 3 },
    ]);
  });

  it('stops an item that takes longer than timeoutMs from its start, not from when it was queued', async () => {
    const slow = inline({ slow: (n: number) => (n === 0 ? NEVER : lastValueFrom(of(n))) }, { capacity: 1 });
    const run = runJob({
      task: slow.tasks.slow,
      items: [0, 1, 0, 2],
      timeoutMs: 15,
      onError: (error) => [error instanceof TaskTimeoutError ? TIMEOUT : -1],
    });
    const results = await run;
    expect(results.map((result) => (isTimeout(result) ? 'late' : result))).toEqual(['late', 1, 'late', 2]);
    expect(slow.free).toBe(1);
  });

  it('tries again', async () => {
    let calls = 0;
    const flaky = inline({ flaky: (n: number) => (++calls < 3 ? Promise.reject(new Error('flaky')) : n) });
    expect(await runJob({ task: flaky.tasks.flaky, items: [7], retry: 2 })).toEqual([7]);
  });

  it('tells its progress item by item, as they end', async () => {
    const executor = new HandExecutor(9);
    const progress: JobProgress[] = [];
    const run = runJob({
      task: bindTask<[number], number>({ executor, task: 'work' }),
      items: [1, 2, 3],
      onError: 'skip',
      onProgress: (now) => progress.push(now),
    });
    executor.calls[2]!.listener.result(3);
    expect(progress).toEqual([{ finished: 1, failed: 0, total: 3 }]);
    executor.calls[0]!.listener.failed('e');
    executor.calls[1]!.listener.result(2);
    expect(await run).toEqual([2, 3]);
    expect(progress.slice(1)).toEqual([{ finished: 2, failed: 1, total: 3 }, { finished: 3, failed: 1, total: 3 }]);
  });

  it.each(['fail', 'settle'] as const)('tells its progress with onError: %s', async (onError) => {
    const progress: JobProgress[] = [];
    const run = runJob({
      task: here.tasks.oneOver,
      items: new Map([[1, 0], [3, 0]]).keys(),
      onError: onError as 'settle',
      onProgress: (now) => progress.push(now),
    });
    await run.catch(() => undefined);
    expect(progress).toEqual([{ finished: 1, failed: 0, total: undefined }, { finished: 2, failed: 1, total: undefined }]);
  });

  it.each(['fail', 'skip', 'settle', () => [0]] as const)('fails with what onProgress throws, with onError: %s', async (onError) => {
    const onProgress = ({ finished }: JobProgress): void => {
      if (finished === 2) throw new TypeError('no such bar');
    };
    const begun: number[] = [];
    const noting = inline({ work: (n: number) => begun.push(n) });
    const run = runJob({ task: noting.tasks.work, items: [1, 2, 3], concurrency: 1, onError: onError as 'skip', onProgress });
    await expect(run).rejects.toThrow(new TypeError('no such bar'));
    expect(begun).toEqual([1, 2]);
  });

  it('fails with what onProgress throws of an item that has failed', async () => {
    const onProgress = ({ failed }: JobProgress): void => {
      if (failed === 1) throw new TypeError('no such bar');
    };
    const run = runJob({ task: here.tasks.oneOver, items: [2, 3, 4], onError: 'skip', onProgress });
    await expect(run).rejects.toThrow(new TypeError('no such bar'));
  });

  it('counts an item whose task streams once', async () => {
    const progress: number[] = [];
    const streams = inline({ twice: (n: number) => from([n, n]) });
    const results = await runJob({ task: streams.tasks.twice, items: [1, 2], onProgress: ({ finished }) => progress.push(finished) });
    expect([results, progress]).toEqual([[1, 1, 2, 2], [1, 2]]);
  });

  it('reads items as there is room, and no more of them after a failure', async () => {
    let read = 0;
    const items = function* (): Generator<number> {
      for (;;) yield ++read;
    };
    await expect(runJob({ task: here.tasks.oneOver, items: items(), concurrency: 1 })).rejects.toThrow('division by zero');
    expect(read).toBe(3);
  });

  it('takes plain functions and what background made, on any executor or the default one', async () => {
    configureDefault({ executor: inline() });
    const doubled = background((n: number) => 2 * n);
    expect(await runJob({ task: doubled, items: [1, 2] })).toEqual([2, 4]);
    expect(await runJob({ task: doubled, items: [1, 2], executor: inline() })).toEqual([2, 4]);
    expect(await runJob({ task: (n: number) => 2 * n, items: [1, 2] })).toEqual([2, 4]);
  });

  it('can be run by a job', async () => {
    const outer = inline({ sum: async (items: number[]) => (await runJob({ task: here.tasks.plusTwo, items })).reduce((sum, n) => sum + n) });
    expect(await start(outer.tasks.sum, [1, 2, 3])).toBe(12);
    expect(await runJob({ task: outer.tasks.sum, items: [[1], [2, 3]] })).toEqual([3, 9]);
  });

  it('says so when what it runs waits for the job that runs it', async () => {
    const circle = inline({
      outer: async () => {
        await Promise.resolve();
        return runJob({ task: circle.tasks.inner, items: [1] });
      },
      inner: async (_n: number): Promise<unknown> => await job,
    });
    const job: PromiseLike<unknown> = start(circle.tasks.outer);
    await expect(job).rejects.toBeInstanceOf(DeadlockError);
  });

  it.each<[object, RegExp]>([
    [{ task: 5 }, /runJob: task must be a function, but it is 5/],
    [{ task: tasks.plusTwo, items: 5 }, /runJob: items must be .* but it is 5/],
    [{ items: undefined }, /runJob: items must be .* but it is undefined/],
    [{ items: {} }, /fromPull: source must be/],
    [{ concurrency: 0 }, /runJob: concurrency must be .* but it is 0/],
    [{ timeoutMs: -1 }, /runJob: timeoutMs must be .* but it is -1/],
    [{ onError: 'ignore' }, /runJob: onError must be .* but it is 'ignore'/],
    [{ onProgress: true }, /runJob: onProgress must be a function, but it is true/],
    [{ handleInterrupt: 1 }, /runJob: handleInterrupt must be .* but it is 1/],
    [{ retry: -1 }, /runJob: retry must be .* but it is -1/],
    [{ args: 5 }, /runJob: args must be .* but it is 5/],
    [{ executor: {} }, /runJob: executor.execute must be a function/],
    [{ executor: inline(), task: here.tasks.plusTwo }, /runJob: executor .* cannot be given with a task/],
    [{ processes: 4 }, /runJob: there is no option 'processes'/],
  ])('refuses %o when it is called', (wrong, message) => {
    expect(() => runJob({ task: tasks.plusTwo, items: [1], ...wrong } as never)).toThrow(message);
  });

  it('refuses what is no object', () => {
    expect(() => runJob(undefined as never)).toThrow(/runJob: options must be an object/);
  });

  it('returns the iterator of its items when it fails', async () => {
    const left: string[] = [];
    const items = function* (): Generator<number> {
      try {
        yield* [1, 3, 5];
      } finally {
        left.push('left');
      }
    };
    await expect(runJob({ task: here.tasks.oneOver, items: items(), concurrency: 1 })).rejects.toThrow('division by zero');
    expect(left).toEqual(['left']);
  });
});
