import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { stat } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CallFrames } from '../../src/executors/threads/call-frames.js';
import { contextInUse, currentTask, useContextStore } from '../../src/worker/current-task.js';
import type { TaskContext } from '../../src/worker/task-context.js';
import { transfer } from '../../src/worker/transfer.js';
import { WorkerCall } from '../../src/worker/worker-call.js';
import { Bench } from './bench.js';

type Seen = TaskContext & Pick<WorkerCall, 'serial' | 'ended'>;

/** Calls enough for several to be taken at once. */
const many = Array.from({ length: 40 }, (_, i) => i);

/** Runs `task` for 0 to 39, and then for `inputs`. */
function benchOf(task: (n: number) => unknown, inputs: readonly number[], attempt?: number): Bench {
  const bench = new Bench({ task });
  bench.run('task', many);
  bench.run('task', inputs, { attempt });
  return bench;
}

/** Does `work` later, after its call has ended. */
type Leave = (work: () => void) => void;

const ways: Record<string, Leave> = {
  'a reaction': (work) => void Promise.resolve().then(work),
  'an await': (work) =>
    void (async () => {
      await Promise.resolve();
      work();
    })(),
  'an await of what was there before': (work) =>
    void (async () => {
      await settled;
      work();
    })(),
  'a generator that awaits': (work) => {
    void (async function* () {
      yield await Promise.resolve();
      work();
    })()
      .next()
      .then(work);
  },
  'a microtask': queueMicrotask,
  'a tick': (work) => {
    process.nextTick(work);
  },
  'an immediate': (work) => void setImmediate(work),
  'a timeout': (work) => void setTimeout(work),
  'what the platform does': (work) => {
    stat('.', work);
  },
  'a function that is bound': (work) => {
    later(AsyncResource.bind(work));
  },
  'a context that is kept': (work) => {
    const inside = AsyncLocalStorage.snapshot();
    later(() => {
      inside(work);
    });
  },
};

const settled = Promise.resolve();

/** What is called under no call at all. */
const calledLater: (() => void)[] = [];

function later(work: () => void): void {
  calledLater.push(work);
}

describe.each([
  ['written down', () => new AsyncLocalStorage() as never],
  ['shared', () => new CallFrames()],
])('calls that come one right after another, their context %s', (_, makeStore) => {
  beforeAll(() => {
    useContextStore(makeStore());
  });

  it.each([
    ['returns', (n: number) => n],
    ['awaits', async (n: number) => (await Promise.resolve(), n)],
  ])('have a context each when they look at it: it %s', async (_, give) => {
    const seen = new Map<number, TaskContext[]>();
    const look = (n: number): TaskContext[] => [...(seen.get(n) ?? []), currentTask()];
    const bench = benchOf(
      (n) => {
        if (n < 50) return n;
        seen.set(n, look(n));
        seen.set(n, look(n));
        queueMicrotask(() => seen.set(n, look(n)));
        return give(n);
      },
      [0, 1, 50, 2, 51, 52],
    );
    await bench.turn(0);
    await bench.turn(0);
    expect(bench.values.flat()).toEqual([...many, 0, 1, 50, 2, 51, 52]);
    const contexts = [50, 51, 52].map((n) => new Set(seen.get(n)));
    expect(contexts.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(contexts.flatMap((set) => [...set])).size).toBe(3);
    // The calls are numbers 41 to 46.
    expect(contexts.flatMap((set) => [...set].map((context) => (context as Seen).serial))).toEqual([43, 45, 46]);
    expect([...contexts[0]!][0]).toMatchObject({ attempt: 1, ended: true });
  });

  it('find it again behind an await', async () => {
    const seen: unknown[] = [];
    const bench = benchOf(
      (n) => {
        if (n < 50) return n;
        return Promise.resolve().then(() => {
          const { serial, ended } = currentTask() as Seen;
          seen.push([serial, ended]);
          return n;
        });
      },
      [0, 50, 1, 51, 2],
    );
    for (let i = 0; i < 5; i++) await bench.turn(0);
    expect(bench.values.flat().slice(40)).toEqual([0, 50, 1, 51, 2]);
    expect(seen).toEqual([
      [42, false],
      [44, false],
    ]);
  });

  it('are told to stop by their own context', () => {
    const stopped: boolean[] = [];
    const bench: Bench = benchOf(
      (n) => {
        if (n === 50) {
          bench.cells.stop(43);
          stopped.push(currentTask().stopped, currentTask().signal.aborted);
        } else if (n > 50) stopped.push(currentTask().stopped);
      },
      [],
    );
    bench.run('task', [0, 1, 50, 51, 52]);
    expect(stopped).toEqual([true, true, false, false]);
  });

  it('move what they list, and nothing that others do', () => {
    const lists: (readonly unknown[])[] = [];
    const buffers = many.map(() => new ArrayBuffer(8));
    const bench = new Bench({ task: (n: number) => (n < 20 || n % 2 === 1 ? n : transfer(n, [buffers[n]!])) });
    bench.moved = (list) => lists.push(list);
    bench.run('task', many);
    expect(bench.values).toEqual([many]);
    expect(lists).toEqual([buffers.filter((_, n) => n >= 20 && n % 2 === 0)]);
  });

  it.each([1, 2])('leave behind what sees the call that left it: attempt %i', async (attempt) => {
    const seen: unknown[] = [];
    const bench = benchOf(
      (n) => {
        if (n === 50 || n === 51) void Promise.resolve().then(() => seen.push(contextInUse()));
        return n;
      },
      [0, 50, 1, 51, 2],
      attempt,
    );
    await bench.turn(0);
    expect(seen.map((context) => context instanceof WorkerCall)).toEqual([true, true]);
    expect(seen).toMatchObject([42, 44].map((serial) => ({ serial, ended: true, attempt, stopped: false })));
    expect(contextInUse()).toBeUndefined();
  });

  it('leave behind what is no part of the first call that waits', async () => {
    const seen: unknown[] = [];
    const bench = benchOf(
      (n) => {
        if (n === 50) void Promise.resolve().then(() => seen.push(contextInUse()));
        return n === 51 ? new Promise(() => undefined) : n;
      },
      [0, 50, 1, 51, 2],
    );
    await bench.turn(0);
    expect(bench.runner.busy).toBe(true);
    expect(seen).toMatchObject([{ serial: 42, ended: true }]);
  });

  it('leave behind what is no part of a call that waits, once one has waited', async () => {
    const seen: unknown[] = [];
    const bench = new Bench({
      task: (n: number) => {
        if (n < 50) return n;
        if (n === 50) return Promise.resolve(n);
        if (n === 51) {
          void Promise.resolve()
            .then(() => null)
            .then(() => seen.push((contextInUse() as Seen).ended));
          return n;
        }
        return new Promise(() => undefined);
      },
    });
    bench.run('task', many);
    bench.run('task', [0, 50, 1, 51, 52]);
    for (let i = 0; i < 5; i++) await bench.turn(0);
    expect(bench.runner.busy).toBe(true);
    expect(seen).toEqual([true]);
  });

  it.each(Object.entries(ways))('leave behind %s, which sees the call that left it', async (__, leave) => {
    const seen: Seen[] = [];
    let isOver = (): void => undefined;
    const over = new Promise<void>((resolve) => (isOver = resolve));
    const leaving = [50, 51, 52, 53];
    const bench = benchOf(
      (n) => {
        if (n < 50) return n;
        let isFirst = true;
        leave(() => {
          if (isFirst) seen.push(contextInUse() as Seen);
          isFirst = false;
          if (seen.length === leaving.length) isOver();
        });
        return n;
      },
      [50, 0, 51, 52, 1, 53, 2],
    );
    for (const work of calledLater.splice(0)) work();
    await over;
    expect(bench.values.flat().slice(40)).toEqual([50, 0, 51, 52, 1, 53, 2]);
    seen.sort((one, other) => one.serial - other.serial);
    expect(seen).toMatchObject([41, 43, 44, 46].map((serial) => ({ serial, ended: true })));
    expect(contextInUse()).toBeUndefined();
  });

  it('are what is asked about in a store of the task’s own, too', () => {
    const own = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    benchOf(
      (n) => {
        if (n >= 50) own.run('own', () => seen.push((contextInUse() as Seen).serial));
        return n;
      },
      [50, 0, 51],
    );
    expect(seen).toEqual([41, 43]);
  });
});
