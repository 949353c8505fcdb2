import { NEVER, Observable, of, range, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import type { Valve } from '../../src/backpressure/valve.js';
import { fromPull } from '../../src/index.js';
import { currentTask } from '../../src/worker/current-task.js';
import type { FromWorker } from '../../src/worker/protocol.js';
import { SharedCells } from '../../src/worker/shared-cells.js';
import { TaskRunner } from '../../src/worker/task-runner.js';
import { transfer } from '../../src/worker/transfer.js';

/** A worker without a thread, and what it says: values of streams as they are, outcomes in words. */
function workerOf(module: object) {
  const cells = new SharedCells();
  const said: unknown[] = [];
  const moved: unknown[][] = [];
  const runner = new TaskRunner({
    executor: 'bench',
    data: undefined,
    cells,
    now: () => 0,
    after: () => undefined,
    post: (message: FromWorker, transferred) => {
      const copy = structuredClone(message, { transfer: transferred as never[] });
      if (transferred.length > 0) moved.push([...transferred]);
      if (copy.type === 'streamed') said.push(...(copy.values.length === 0 ? ['nothing'] : Array.from<unknown>(copy.values)));
      else if (copy.type === 'outcomes') said.push(...outcomes(copy));
    },
  });
  runner.module = module;
  let next = 1;
  return {
    runner,
    cells,
    said,
    moved,
    run: (task: string, inputs: readonly unknown[], streamAhead?: number) => {
      const serial = next;
      next += inputs.length;
      runner.run({ type: 'run', serial, task, inputs, streamAhead });
      return serial;
    },
  };
}

function outcomes({ values, failures = [] }: Extract<FromWorker, { type: 'outcomes' }>): string[] {
  const failed = new Map(failures);
  return Array.from<unknown>(values).map((value, i) => (failed.has(i) ? 'failed' : value === undefined ? 'end' : `result ${JSON.stringify(value)}`));
}

const fails = (): never => {
  throw new Error('no');
};

class Foreign {
  subscribe = fails;
}

const turns = async (count = 10): Promise<void> => {
  for (let i = 0; i < count; i++) await Promise.resolve();
};

function* upTo(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i;
}

/** The same values, come by in each way. */
const ways: [string, (length: number) => unknown][] = [
  ['an iterator', upTo],
  [
    'an async iterable',
    async function* (length: number) {
      await Promise.resolve();
      yield* upTo(length);
    },
  ],
  ['an async iterable with steps that are no promises', (length) => ({ [Symbol.asyncIterator]: () => upTo(length) })],
  ['an Observable', (length) => range(0, length)],
  ['an Observable that waits', (length) => fromPull(() => upTo(length))],
  ['an Observable of another library', (length) => ({ '@@observable': () => range(0, length) })],
  ['a promise of one', (length) => Promise.resolve(upTo(length))],
];

describe.each(ways)('a result that is %s', (_name, task) => {
  it('is sent value by value, and then ends, before the next call begins', async () => {
    const { run, said } = workerOf({ task, after: (n: number) => n });
    run('task', [2, 0]);
    await turns(20);
    run('after', [7]);
    await turns();
    expect(said).toEqual([0, 1, 'end', 'nothing', 'end', 'result 7']);
  });

  it('is sent no faster than is granted', async () => {
    const { run, said, runner } = workerOf({ task });
    const serial = run('task', [9], 2);
    await turns(20);
    expect(said).toEqual([0, 1]);
    runner.grant(serial, 1);
    await turns();
    expect(said).toEqual([0, 1, 2]);
    runner.grant(serial + 1, 5);
    await turns();
    expect(said).toEqual([0, 1, 2]);
    runner.grant(serial, 100);
    await turns(40);
    expect(said).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 'end']);
  });

  it('that is stopped sends nothing more, and ends', async () => {
    const { run, said, runner } = workerOf({ task });
    const serial = run('task', [9], 2);
    await turns(20);
    runner.stop(serial);
    runner.grant(serial, 5);
    await turns();
    expect(said).toEqual([0, 1, 'end']);
  });

  it('that had been stopped before it was known brings nothing', async () => {
    const { run, said, cells } = workerOf({
      task: (length: number) => {
        cells.stop(1);
        return task(length);
      },
    });
    run('task', [9]);
    await turns(20);
    expect(said).toEqual(['nothing', 'end']);
  });
});

describe('a result that streams', () => {
  it('is asked for no value before there is room for it', () => {
    const asked: number[] = [];
    const { run, runner } = workerOf({
      *task() {
        for (let i = 0; ; i++) {
          asked.push(i);
          yield i;
        }
      },
    });
    const serial = run('task', [0], 1);
    expect(asked).toEqual([0]);
    runner.grant(serial, 1);
    expect(asked).toEqual([0, 1]);
  });

  it('that is an Observable which can be held is, and others’ values wait', async () => {
    let pulled = 0;
    const hot = new Subject<number>();
    const { run, said, runner } = workerOf({
      held: () => fromPull(() => (function* () { for (;;) yield pulled++; })()),
      hot: () => hot,
    });
    const serial = run('held', [0], 3);
    await turns();
    expect(pulled).toBe(3);
    runner.grant(serial, 2);
    await turns();
    expect(pulled).toBe(5);
    runner.stop(serial);
    await turns();
    said.length = 0;
    const other = run('hot', [0], 1);
    for (const n of upTo(4)) hot.next(n);
    hot.complete();
    expect(said).toEqual([0]);
    runner.grant(other, 2);
    expect(said).toEqual([0, 1, 2]);
    runner.grant(other, 9);
    await turns();
    expect(said).toEqual([0, 1, 2, 3, 'end']);
  });

  it('may be left while a step is awaited: it ends when that, and its return, have', async () => {
    const log: string[] = [];
    let go = (): void => undefined;
    const { run, said, runner } = workerOf({
      async *task() {
        try {
          yield 0;
          await new Promise<void>((resolve) => (go = resolve));
          log.push('awake');
          yield 1;
        } finally {
          await Promise.resolve();
          log.push('left');
        }
      },
    });
    const serial = run('task', [0]);
    await turns();
    runner.stop(serial);
    runner.stop(serial);
    await turns();
    expect([said, log]).toEqual([[0], []]);
    go();
    await turns(20);
    expect([said, log]).toEqual([[0, 'end'], ['awake', 'left']]);
  });

  it.each([
    ['a step that is none', { next: () => 5 }],
    ['a step whose value throws', { next: () => ({ get value() { throw new Error('no'); } }) }],
    ['a step that throws', { next: fails }],
    ['a step that rejects', { next: () => Promise.reject(new Error('no')) }],
    ['an iterator that cannot be had', { [Symbol.asyncIterator]: fails }],
    ['a step that cannot be awaited', { next: () => ({ then: fails }) }],
    ['a step of which nobody can tell', { next: () => ({ get then() { return fails(); } }) }],
    ['no iterator', { [Symbol.asyncIterator]: () => undefined }],
    ['a subscription that throws', { '@@observable': () => new Foreign() }],
    ['an error', { '@@observable': () => new Observable((to) => { to.error(new Error('no')); }) }],
  ])('fails with %s', async (_, result) => {
    const { run, said } = workerOf({ task: () => result, after: (n: number) => n });
    run('task', [0]);
    run('after', [1]);
    await turns();
    expect(said).toEqual(['failed', 'result 1']);
  });

  it.each([
    ['iterator', (value: unknown, left: () => void) => ({ next: () => ({ value }), return: () => (left(), { done: true }) })],
    ['Observable', (value: unknown, left: () => void) => new Observable((to) => { to.next(value); return left; })],
  ])('whose value cannot be sent fails, and is left: %s', async (_, make) => {
    let isLeft = false;
    const { run, said } = workerOf({ task: () => make(() => 1, () => (isLeft = true)) });
    run('task', [0]);
    await turns();
    expect([said, isLeft]).toEqual([['failed'], true]);
  });

  it('that is an Observable holds nothing once it has been left for a value', async () => {
    let valve: Valve | undefined;
    const { run, said } = workerOf({
      task: () => fromPull(() => [() => 1, 2]).pipe(tap(() => (valve = currentValve()))),
    });
    run('task', [0], 1);
    await turns();
    expect([said, valve?.held]).toEqual([['failed'], false]);
  });

  it('that is an Observable is held no more once it is stopped', async () => {
    let valve: Valve | undefined;
    const { run, said, runner } = workerOf({
      task: () => fromPull(() => upTo(9)).pipe(tap(() => (valve = currentValve()))),
    });
    const serial = run('task', [0], 1);
    expect(valve?.held).toBe(true);
    runner.stop(serial);
    await turns();
    expect([said, valve?.held]).toEqual([[0, 'end'], false]);
  });

  it('that is left while a step is awaited, which rejects then, ends once', async () => {
    let fail = (): void => undefined;
    const { run, said, runner } = workerOf({
      task: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise((_resolve, reject) => (fail = () => { reject(new Error('no')); })),
        }),
      }),
      after: (n: number) => n,
    });
    const serial = run('task', [0]);
    run('after', [1]);
    runner.stop(serial);
    fail();
    await turns(20);
    expect(said).toEqual(['nothing', 'end', 'result 1']);
  });

  it('that is an Observable is not subscribed when its call had been stopped before', async () => {
    let go = (): void => undefined;
    const { run, said, runner, cells } = workerOf({
      task: () => new Promise((resolve) => (go = () => { resolve(NEVER); })),
    });
    const serial = run('task', [0]);
    cells.stop(serial);
    runner.stop(serial);
    go();
    await turns();
    expect(said).toEqual(['nothing', 'end']);
  });

  it('comes after the results before it; those behind it can be taken back, or begin once it has been told that it is over', async () => {
    const before = Array.from({ length: 36 }, (_, i) => i);
    let wasTaken: boolean | undefined;
    let known: unknown[] = [];
    const { run, said, cells } = workerOf({
      task: (n: number) => {
        if (n < 36) return n;
        if (n > 36) return (known = [...said]).length;
        return (function* () {
          wasTaken = cells.withdraw(38);
          yield 'a';
        })();
      },
    });
    run('task', [...before, 36, 37, 38]);
    await turns();
    const until = [...before.map((n) => `result ${String(n)}`), 'a', 'end'];
    expect([wasTaken, known]).toEqual([true, until]);
    expect(said.slice(0, until.length)).toEqual(until);
  });

  it('may give what throws when it returns: the call ends', async () => {
    const returned = {
      get then(): never {
        throw new Error('no');
      },
    };
    const { run, runner, said } = workerOf({ task: () => ({ next: () => ({ value: 1 }), return: () => returned }) });
    const serial = run('task', [0], 1);
    runner.stop(serial);
    await turns();
    expect(said).toEqual([1, 'end']);
  });

  it('brings what it was when it was given, and moves what is marked for each value', async () => {
    const { run, said, moved } = workerOf({
      *task() {
        const row = { n: 0 };
        yield row;
        row.n = 1;
        yield row;
        const bytes = new ArrayBuffer(8);
        yield transfer(bytes, [bytes]);
        yield bytes.byteLength;
      },
    });
    run('task', [0]);
    await turns();
    expect(said).toEqual([{ n: 0 }, { n: 1 }, new ArrayBuffer(8), 0, 'end']);
    expect(moved.length).toBe(1);
  });

  it('runs as its call in every step, and when it is left', async () => {
    const seen: boolean[] = [];
    const { run, runner } = workerOf({
      *task() {
        const task = currentTask();
        try {
          for (;;) yield seen.push(currentTask() === task);
        } finally {
          seen.push(currentTask() === task && task.stopped);
        }
      },
    });
    const serial = run('task', [0], 1);
    runner.grant(serial, 1);
    expect(() => currentTask()).toThrow(/no task is running/);
    runner.stop(serial);
    await turns();
    expect(seen.slice(0, 2)).toEqual([true, true]);
  });

  it('is none without the functions that make one', async () => {
    const { run, said } = workerOf({ task: (n: number) => [{ next: n }, { [Symbol.asyncIterator]: n }, { '@@observable': n }][n], one: () => of(1) });
    run('task', [0, 1, 2]);
    run('one', [0]);
    await turns();
    expect(said).toEqual(['result {"next":0}', 'result {}', 'result {"@@observable":2}', 1, 'end']);
  });
});
