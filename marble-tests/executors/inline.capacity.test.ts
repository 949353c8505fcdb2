import { NEVER, Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { currentTask } from '../../src/worker/current-task.js';
import { marbles } from '../marbles.js';
import { later } from '../pressure.js';
import { listen } from './listening.js';

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
