import { NEVER, Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { TaskNotFoundError } from '../../src/errors.js';
import { inline } from '../../src/executors/inline.js';
import type { TaskContext } from '../../src/worker/task-context.js';
import { currentTask } from '../../src/worker/current-task.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';
import { listen } from './listening.js';

describe('inline', () => {
  it('runs a task with its arguments, and tells start and result', () => {
    const here = inline({ add: (a: number, b: number) => a + b });

    expect(listen(here, { task: 'add', args: [1, 2] }).told).toEqual(['started', ['result', 3]]);
  });

  it('runs a function that is no task of its module', () => {
    expect(listen(inline(), { task: (n: number) => -n, args: [1] }).told).toEqual(['started', ['result', -1]]);
  });

  it('tells what a task throws, be it undefined', () => {
    const here = inline({
      fail: () => {
        throw undefined;
      },
    });

    expect(listen(here, { task: 'fail' }).told).toEqual(['started', ['failed', undefined]]);
  });

  it(
    'tells what a promise brings',
    marbles(({ flush }) => {
      const here = inline({ wait: () => later(3, 'x') });
      const { told } = listen(here, { task: 'wait' });
      expect(told).toEqual(['started']);
      flush();

      expect(told).toEqual(['started', ['result', 'x']]);
    }),
  );

  it('tells the values of a result that streams', () => {
    const here = inline({ count: () => fromPull([1, 2]), empty: () => of() });

    expect(listen(here, { task: 'count' }).told).toEqual(['started', 'stream', ['next', 1], ['next', 2], 'complete']);
    expect(listen(here, { task: 'empty' }).told).toEqual(['started', 'stream', 'complete']);
  });

  it.each(['missing', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'dispose', 'version', ''])(
    'has no task %j',
    (task) => {
      const here = inline({ first: () => 1, second: () => 2, version: 1, dispose: () => undefined });
      const { told } = listen(here, { task });

      expect(told).toEqual([['failed', expect.any(TaskNotFoundError)]]);
      expect(told[0]).toEqual([
        'failed',
        new TaskNotFoundError(
          `inline() has no task '${task}'; its module must export it as a function of its own. It has: first, second.`,
        ),
      ]);
      expect(here.free).toBe(1);
    },
  );

  it('has no inherited task', () => {
    class Base {
      own = (): number => 1;
      inherited(): number {
        return 2;
      }
    }
    const here = inline(new Base());

    expect(listen(here, { task: 'own' }).told).toEqual(['started', ['result', 1]]);
    expect(listen(here, { task: 'inherited' }).told).toEqual([['failed', expect.any(TaskNotFoundError)]]);
  });

  it('is on this thread, and ready', async () => {
    const here = inline();

    expect(here).toMatchObject({ name: 'inline()', crossesBoundary: false });
    await expect(here.ready()).resolves.toBeUndefined();
  });

  it('calls a task with no valve current', () => {
    const seen: unknown[] = [];
    const here = inline({ look: () => seen.push(currentValve()) });
    fromPull([1]).subscribe(() => listen(here, { task: 'look' }));

    expect(seen).toEqual([undefined]);
  });

  it.each([
    ['tasks', () => inline(null as never), 'inline: tasks must be an object, but it is null'],
    ['tasks', () => inline('./tasks.js' as never), "inline: tasks must be an object, but it is './tasks.js'"],
    [
      'capacity',
      () => inline({}, { capacity: 0 }),
      'inline: capacity must be a whole number of at least 1 or Infinity, but it is 0',
    ],
    [
      'capacity',
      () => inline({}, { capacity: 1.5 }),
      'inline: capacity must be a whole number of at least 1 or Infinity, but it is 1.5',
    ],
    [
      'capacity',
      () => inline({}, { capacity: '2' as never }),
      "inline: capacity must be a whole number of at least 1 or Infinity, but it is '2'",
    ],
    [
      'an unknown one',
      () => inline({}, { size: 2 } as never),
      "inline: there is no option 'size' (got 2); it takes capacity, data",
    ],
  ])('refuses %s that it cannot use', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});

describe('inline, and how much runs at once', () => {
  it(
    'runs whatever it is given at once without capacity, and says that it takes one',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const task = cold('    ---(x|)');
      const here = inline({ run: () => task });
      expect([here.capacity, here.free]).toEqual([1, 1]);
      const calls = [1, 2, 3].map(() => listen(here, { task: 'run' }));
      expect([here.capacity, here.free]).toEqual([1, 0]);
      flush();

      expectSubscriptions(task.subscriptions).toBe(['^--!', '^--!', '^--!']);
      expect(calls.map(({ told }) => told.at(-1))).toEqual(['complete', 'complete', 'complete']);
      expect(here.free).toBe(1);
    }),
  );

  it(
    'runs no more than capacity; the rest starts first come, first served',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('     ----(x|)');
      const second = cold('    --(x|)');
      const third = cold('       ---(x|)');
      const fourth = cold('        --(x|)');
      const here = inline({ run: (task: Observable<string>) => task }, { capacity: 2 });
      const all = [first, second, third, fourth];

      for (const task of all)
        expectObservable(here.tasks.run(task)).toBe(
          { [0]: '----(x|)', [1]: '--(x|)', [2]: '-----(x|)', [3]: '------(x|)' }[all.indexOf(task)]!,
        );
      expectSubscriptions(third.subscriptions).toBe('  --^--!');
      expectSubscriptions(fourth.subscriptions).toBe(' ----^-!');
    }),
  );

  it('counts what is free, and 0 while any waits', () => {
    const here = inline({ wait: () => NEVER }, { capacity: 2 });
    const free: number[] = [here.free];
    const calls = [1, 2, 3].map(() => {
      const call = listen(here, { task: 'wait' });
      free.push(here.free);
      return call;
    });
    for (const { cancel } of calls) {
      cancel();
      free.push(here.free);
    }

    expect(free).toEqual([2, 1, 0, 0, 0, 1, 2]);
  });

  it(
    'keeps the slot of a stream until that has ended',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('     x-y-|');
      const tasks = ['       ^---!', '----^---!'];
      const here = inline({ run: () => task }, { capacity: 1 });

      expectObservable(here.tasks.run()).toBe('x-y-|');
      expectObservable(here.tasks.run()).toBe('----x-y-|');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'drops a waiting call that is cancelled, without a word',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const task = cold('--(x|)');
      const here = inline({ run: () => task }, { capacity: 1 });
      const [, second, third] = [1, 2, 3].map(() => listen(here, { task: 'run' }));
      second!.cancel();
      second!.cancel();
      flush();

      expect(second!.told).toEqual([]);
      expect(third!.told).toEqual(['started', 'stream', ['next', 'x'], 'complete']);
      expectSubscriptions(task.subscriptions).toBe(['^-!', '--^-!']);
    }),
  );

  it(
    'stops a running call that is cancelled, without a word, and starts the next',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const task = cold('--(x|)');
      const signals: AbortSignal[] = [];
      const here = inline(
        {
          run: () => {
            signals.push(currentTask().signal);
            return task;
          },
        },
        { capacity: 1 },
      );
      const [first, second] = [1, 2].map(() => listen(here, { task: 'run' }));
      first!.cancel();
      first!.cancel();

      expect(first!.told).toEqual(['started', 'stream']);
      expect(second!.told).toEqual(['started', 'stream']);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
      flush();
      expect(second!.told).toEqual(['started', 'stream', ['next', 'x'], 'complete']);
      expectSubscriptions(task.subscriptions).toBe(['(^!)', '^-!']);
    }),
  );

  it(
    'does not listen any more to a promise whose call was cancelled',
    marbles(({ flush }) => {
      const here = inline({ wait: () => later(3, NEVER) });
      const { told, cancel } = listen(here, { task: 'wait' });
      cancel();
      flush();

      expect(told).toEqual(['started']);
    }),
  );

  it('ignores a cancel that comes when the call has settled', () => {
    const signals: AbortSignal[] = [];
    const here = inline({ run: () => signals.push(currentTask().signal) });
    const { told, cancel } = listen(here, { task: 'run' });
    cancel();

    expect(told).toEqual(['started', ['result', 1]]);
    expect(signals[0]?.aborted).toBe(false);
  });

  it('stops when it is cancelled inside its own task', () => {
    const stop = new Subject<void>();
    const here = inline({
      run: () => {
        stop.next();
        return 'x';
      },
    });
    const seen: unknown[] = [];
    const subscription = new Observable<unknown>((subscriber) => {
      stop.subscribe(() => subscriber.unsubscribe());
      here.tasks.run().subscribe(subscriber);
    }).subscribe((v) => seen.push(v));

    expect(subscription.closed).toBe(true);
    expect(seen).toEqual([]);
    expect(here.free).toBe(1);
  });

  it(
    'tells of room when a slot comes free, and only then',
    marbles(({ flush }) => {
      const here = inline({ wait: (ms: number) => later(ms, 'x') }, { capacity: 1 });
      const room: number[] = [];
      const stop = here.onRoom(() => room.push(here.free));
      listen(here, { task: 'wait', args: [1] });
      listen(here, { task: 'wait', args: [1] });
      flush();
      expect(room).toEqual([1]);
      stop();
      stop();
      listen(here, { task: 'wait', args: [0] });
      flush();

      expect(room).toEqual([1]);
    }),
  );

  it('tells no listener of room that stopped inside another', () => {
    const here = inline({ run: () => 1 });
    const told: string[] = [];
    const stops: (() => void)[] = [];
    stops.push(
      here.onRoom(() => {
        told.push('first');
        stops[1]?.();
      }),
      here.onRoom(() => told.push('second')),
    );
    listen(here, { task: 'run' });

    expect(told).toEqual(['first']);
  });

  it('has given the slot back when it tells a result', () => {
    const here = inline({ run: () => 1 }, { capacity: 1 });
    const free: number[] = [];
    here.tasks.run().subscribe(() => free.push(here.free));

    expect(free).toEqual([1]);
  });

  it(
    'starts a long queue of quick tasks without growing the stack',
    marbles(({ flush }) => {
      const here = inline({ wait: () => later(1, 'x'), quick: (n: number) => n }, { capacity: 1 });
      const seen: number[] = [];
      listen(here, { task: 'wait' });
      for (let n = 0; n < 20_000; n++) here.tasks.quick(n).subscribe((v) => seen.push(v));
      flush();

      expect(seen).toHaveLength(20_000);
      expect(seen.every((v, n) => v === n)).toBe(true);
      expect(here.free).toBe(1);
    }),
  );

  it('keeps the order when a task calls another inside itself', () => {
    const order: string[] = [];
    const here = inline(
      {
        outer: () => {
          order.push('outer');
          here.tasks.inner().subscribe(() => order.push('inner told'));
          order.push('outer ends');
        },
        inner: () => {
          order.push('inner');
        },
      },
      { capacity: 1 },
    );
    here.tasks.outer().subscribe(() => order.push('outer told'));

    expect(order).toEqual(['outer', 'outer ends', 'outer told', 'inner', 'inner told']);
  });

  it(
    'frees the slot of a result that is no stream after all',
    marbles(({ flush }) => {
      const broken = { [Symbol.observable ?? '@@observable']: 1, [Symbol.asyncIterator]: 2 };
      const here = inline({ now: () => broken, soon: () => later(1, broken) }, { capacity: 1 });
      const calls = [listen(here, { task: 'now' }), listen(here, { task: 'soon' })];
      flush();

      expect(calls.map(({ told }) => told)).toEqual([
        ['started', ['result', broken]],
        ['started', ['result', broken]],
      ]);
      expect(here.free).toBe(1);
    }),
  );
});

describe('currentTask in inline', () => {
  it('gives attempt, data, signal and stopped', () => {
    const seen: unknown[] = [];
    const here = inline(
      {
        look: () => {
          const { attempt, data, stopped, signal } = currentTask();
          seen.push({ attempt, data, stopped, aborted: signal.aborted });
        },
      },
      { data: { key: 'secret' } },
    );
    listen(here, { task: 'look' });
    listen(here, { task: 'look', attempt: 3 });

    expect(seen).toEqual([
      { attempt: 1, data: { key: 'secret' }, stopped: false, aborted: false },
      { attempt: 3, data: { key: 'secret' }, stopped: false, aborted: false },
    ]);
  });

  it('gives undefined for data that was not given', () => {
    let data: unknown = 'untouched';
    listen(inline(), { task: () => (data = currentTask().data) });

    expect(data).toBeUndefined();
  });

  it('is stopped, and its signal aborted, when the call is cancelled', () => {
    let context: TaskContext | undefined;
    const aborts: string[] = [];
    const { cancel } = listen(inline(), {
      task: () => {
        context = currentTask();
        context.signal.addEventListener('abort', () => aborts.push('abort'));
        return NEVER;
      },
    });
    expect(context).toMatchObject({ stopped: false });
    cancel();

    expect(context).toMatchObject({ stopped: true });
    expect(context?.signal.aborted).toBe(true);
    expect(aborts).toEqual(['abort']);
  });

  it('has an aborted signal even when that is first read after the cancel', () => {
    let context: TaskContext | undefined;
    const { cancel } = listen(inline(), {
      task: () => {
        context = currentTask();
        return NEVER;
      },
    });
    cancel();

    expect(context?.signal.aborted).toBe(true);
  });

  it('is not stopped by success', () => {
    let context: TaskContext | undefined;
    listen(inline(), { task: () => (context = currentTask()) });

    expect(context).toMatchObject({ stopped: false, signal: { aborted: false } });
  });

  it('is of the task that asks, when one calls another', () => {
    const here = inline({
      outer: () => [currentTask().attempt, listen(here, { task: 'inner', attempt: 7 }).told, currentTask().attempt],
      inner: (): number => currentTask().attempt,
    });

    expect(listen(here, { task: 'outer', attempt: 2 }).told).toEqual([
      'started',
      ['result', [2, ['started', ['result', 7]], 2]],
    ]);
  });

  it('throws where no task runs', () => {
    expect(() => currentTask()).toThrow('currentTask() was called while no task is running');
  });
});
