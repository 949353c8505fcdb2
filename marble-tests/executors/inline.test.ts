import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { TaskNotFoundError } from '../../src/errors.js';
import { inline } from '../../src/executors/inline.js';
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

  it('gives back the place of a call whose result cannot be looked at', () => {
    const look = {
      get then(): never {
        throw 'do not look';
      },
    };
    const here = inline({ look: () => look }, { capacity: 1 });

    expect(listen(here, { task: 'look' }).told).toEqual(['started', ['failed', 'do not look']]);
    expect(here.free).toBe(1);
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

  it('has its other tasks though a getter throws', () => {
    const here = inline({
      work: () => 1,
      get bad(): () => number {
        throw new Error('no');
      },
    });
    expect(listen(here, { task: 'work' }).told).toEqual(['started', ['result', 1]]);
    expect(listen(here, { task: 'bad' }).told).toEqual([['failed', expect.any(TaskNotFoundError)]]);
  });

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
