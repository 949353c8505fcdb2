import { describe, expect, it } from 'vitest';
import { currentTask } from '../../src/worker/current-task.js';
import { Bench } from './bench.js';

describe('what a worker tells, and when', () => {
  it('tells quick calls together, and how long they took', () => {
    const bench = new Bench({ work: (n: number) => ((bench.time += 0.1), n) });
    bench.run('work', [1, 2, 3]);
    expect(bench.told).toEqual([{ values: [1, 2, 3], serial: 1, ran: 3, ms: expect.closeTo(0.3) as number, failed: [] }]);
  });

  it('tells how long they took though it has not looked at the clock after the last', () => {
    const bench = new Bench({ work: () => (bench.time += 0.001) && 1 });
    bench.run('work', new Array(20).fill(0));
    expect(bench.told).toMatchObject([{ ran: 20, ms: expect.closeTo(0.02, 6) as number }]);
  });

  it('tells what is done every 4 ms, before the next call begins', () => {
    const seen: number[] = [];
    const bench = new Bench({
      work: (n: number) => {
        seen.push(bench.told.length);
        bench.time += n;
        return n;
      },
    });
    bench.run('work', [1, 1, 2, 5, 100, 1, 1]);
    expect(bench.values).toEqual([[1, 1, 2], [5], [100], [1, 1]]);
    expect(seen).toEqual([0, 0, 0, 1, 2, 3, 3]);
  });

  it('tells the rest of the outcomes while a promise is waited for', async () => {
    let ends = (): void => undefined;
    const bench = new Bench({
      work: (n: number) => (n === 2 ? new Promise<number>((resolve) => (ends = () => resolve(n))) : n),
    });
    bench.run('work', [1, 2, 3]);
    await bench.turn(3);
    expect(bench.told).toEqual([]);
    await bench.turn(1);
    expect(bench.values).toEqual([[1]]);
    ends();
    await bench.turn(0);
    expect(bench.values).toEqual([[1], [2, 3]]);
  });

  it('does not call a call late for the time that copying results takes', () => {
    const age: number[] = [];
    const running: boolean[] = [];
    const bench = new Bench({
      work: () => {
        age.push(bench.time - bench.cells.startedAt);
        bench.time += 5;
        return 1;
      },
    });
    bench.copying = () => {
      running.push(!bench.cells.isResting);
      bench.time += 1000;
    };
    bench.run('work', [1, 2, 3], { isTimed: true });
    expect(age).toEqual([0, 0, 0]);
    expect(running).toEqual([false, false, false]);
  });

  it('does not call a call late for the time that one before it was waited for, and tells what that had come to', async () => {
    let ends = (): void => undefined;
    const age: number[] = [];
    const bench = new Bench({
      work: (n: number) => {
        if (n === 1) return new Promise<number>((resolve) => (ends = () => resolve(n)));
        age.push(bench.time - bench.cells.startedAt);
        return n;
      },
    });
    bench.run('work', [1, 2, 3], { isTimed: true });
    bench.time += 1000;
    ends();
    await bench.turn(0);
    expect(age).toEqual([0, 0]);
    expect(bench.told).toMatchObject([
      { values: [1], ms: 1000 },
      { values: [2, 3], ms: 0 },
    ]);
  });

  it.each([
    ['returned', (value: object) => value],
    ['promised', (value: object) => Promise.resolve(value)],
  ])('fails a call whose %s result throws when it is looked at, and goes on', async (_, give) => {
    const bench = new Bench({
      work: (n: number) =>
        n === 2
          ? give({
              get never(): never {
                throw new RangeError('not this one');
              },
            })
          : n,
    });
    bench.run('work', [1, 2, 3]);
    await bench.turn(0);
    expect(bench.told).toMatchObject([{ values: [1, undefined, 3], failed: [1] }]);
    expect(bench.runner.busy).toBe(false);
  });

  it('skips what has been taken back, and says so', () => {
    const ran: number[] = [];
    const bench = new Bench({ work: (n: number) => ran.push(n) });
    bench.cells.prepare(1, 4);
    bench.cells.withdraw(2);
    bench.cells.withdraw(4);
    bench.run('work', [10, 20, 30, 40]);
    expect(ran).toEqual([10, 30]);
    expect(bench.told).toEqual([{ values: [1, undefined, 2, undefined], serial: 1, ran: 2, ms: 0, failed: [] }]);
  });

  it('tells each failure in its place, and the results beside it', () => {
    const bench = new Bench({
      work: (n: number) => {
        if (n % 2 === 1) throw new Error('odd');
        return n;
      },
    });
    bench.run('work', [0, 1, 2, 3]);
    expect(bench.told).toMatchObject([{ values: [0, undefined, 2, undefined], ran: 4, failed: [1, 3] }]);
  });

  it('tells each by itself when one of them cannot be copied: that one fails', () => {
    const bench = new Bench({ work: (n: number) => (n === 1 ? () => 1 : n) });
    bench.run('work', [0, 1, 2], { index: 7 });
    expect(bench.told).toMatchObject([
      { values: [0], serial: 1, failed: [] },
      { values: [undefined], serial: 2, failed: [0] },
      { values: [2], serial: 3, failed: [] },
    ]);
  });
});

describe('a call', () => {
  it('is given its input, and the arguments after it: its own, or those of all', () => {
    const bench = new Bench({ work: (...args: unknown[]) => args.join() });
    bench.run('work', ['a', 'b'], { rests: [[1, 2], [3]] });
    bench.run('work', ['c', 'd'], { rest: [4] });
    bench.run('work', [undefined], { isBare: true });
    expect(bench.values.flat()).toEqual(['a,1,2', 'b,3', 'c,4', 'd,4', '']);
  });

  it('that waits hears that it shall stop, and no other does', async () => {
    const heard: number[] = [];
    const bench = new Bench({
      work: (n: number) => {
        currentTask().signal.addEventListener('abort', () => heard.push(n));
        return n === 2 ? new Promise(() => undefined) : n;
      },
    });
    bench.run('work', [1, 2]);
    await bench.turn(0);
    bench.runner.stop(1);
    expect(heard).toEqual([]);
    bench.runner.stop(2);
    expect(heard).toEqual([2]);
  });

  it('is told when it should come to an end by itself', () => {
    const stopped: boolean[] = [];
    const bench = new Bench({ work: () => stopped.push(currentTask().stopped, currentTask().signal.aborted) });
    bench.cells.finishSoon(2);
    bench.run('work', [1, 2, 3]);
    expect(stopped).toEqual([false, false, true, false, false, false]);
  });
});

describe('quick calls, for which the worker takes those behind them', () => {
  const quick = Array.from({ length: 200 }, (_, i) => i);

  /** A bench whose calls are quick but for 200 and more, which `act` stands for; and which of these can be taken back in it. */
  function benchOf(act: (n: number, bench: Bench) => unknown): { bench: Bench; ran: number[]; back: (n: number) => boolean } {
    const ran: number[] = [];
    const bench: Bench = new Bench({
      work: (n: number) => {
        ran.push(n);
        return n < 200 ? n : act(n, bench);
      },
    });
    return { bench, ran, back: (n) => bench.cells.withdraw(n + 1) };
  }

  it('run each exactly once, and look at the clock only now and then', () => {
    let looks = 0;
    const { bench, ran } = benchOf((n) => n);
    const { now } = bench;
    bench.now = () => (looks++, now());
    bench.run('work', quick);
    bench.run('work', [200, 201]);
    expect([ran, bench.values]).toEqual([[...quick, 200, 201], [quick, [200, 201]]]);
    expect(looks).toBeLessThan(40);
  });

  it.each(['just return', 'look at their task'])('that %s tell what they came to once a slow one is over, when hurried', (how) => {
    const toldBefore: number[] = [];
    const bench: Bench = new Bench({
      work: (n: number) => {
        if (how === 'look at their task') expect(currentTask().attempt).toBe(1);
        if (n < 200) return n;
        toldBefore.push(bench.told.length);
        bench.time += 10;
        bench.cells.hurry();
        return n;
      },
    });
    bench.run('work', [...quick, 200, 201, 202]);
    expect(toldBefore).toEqual([0, 1, 2]);
    expect(bench.values).toEqual([[...quick, 200], [201], [202]]);
  });

  it('give back those behind a slow one when hurried', () => {
    const could: boolean[] = [];
    const { bench, ran, back } = benchOf((n) => {
      could.push(back(204));
      if (n === 201) {
        bench.cells.hurry();
        bench.time += 1;
      }
      return n;
    });
    bench.run('work', [...quick, 200, 201, 202, 203, 204]);
    expect(could).toEqual([false, false, true, false]);
    expect(ran.slice(200)).toEqual([200, 201, 202, 203]);
    expect(bench.values.flat()).toEqual([...quick, 200, 201, 202, 203, undefined]);
  });

  it('give back those behind one that waits', () => {
    const { bench, back } = benchOf((n) => (n === 200 ? new Promise(() => undefined) : n));
    bench.run('work', [...quick, 200, 201, 202]);
    expect([back(202), back(201), back(200)]).toEqual([true, true, false]);
  });

  it('go on behind one that has thrown', () => {
    const { bench, ran } = benchOf((n) => {
      if (n === 202) throw new Error('odd');
      return n;
    });
    bench.run('work', [...quick, 200, 201, 202, 203, 204]);
    expect(ran).toEqual([...quick, 200, 201, 202, 203, 204]);
    expect(bench.told).toMatchObject([{ values: [...quick, 200, 201, undefined, 203, 204], failed: [202], ran: 205 }]);
  });

  it('do not begin once they have been dropped, though they had been taken', () => {
    const { bench, ran } = benchOf((n) => {
      bench.cells.drop(202, 206);
      return n;
    });
    bench.run('work', [...quick, 200, 201, 202, 203, 204]);
    expect(ran).toEqual([...quick, 200]);
  });

  it('begin one by one where their time is measured', () => {
    const { bench, back } = benchOf((n) => back(201) && n);
    bench.run('work', [...quick, 200, 201], { isTimed: true });
    expect(bench.values).toEqual([[...quick, 200, undefined]]);
  });
});

describe('a task that returns the same object again', () => {
  it.each([
    ['a buffer', (out: Float64Array, n: number) => out.fill(n), (shown: unknown) => (shown as Float64Array)[0]],
    ['another view of it', (out: Float64Array, n: number) => out.fill(n).subarray(0, 1), (s: unknown) => (s as Float64Array)[0]],
    ['an object that holds it', (out: Float64Array, n: number) => ({ out: out.fill(n) }), (s: unknown) => (s as { out: Float64Array }).out[0]],
  ] as const)('filled anew: %s', (_, work, shown) => {
    const out = new Float64Array(2);
    const bench = new Bench({ work: (n: number) => work(out, n) });
    for (const first of [0, 50]) bench.run('work', Array.from({ length: 50 }, (_, i) => first + i));
    expect(bench.values.flat().map(shown)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('or takes turns with two of them', () => {
    const outs = [{ n: 0 }, { n: 0 }];
    const bench = new Bench({ work: (n: number) => Object.assign(outs[n % 2]!, { n }) });
    bench.run('work', Array.from({ length: 50 }, (_, i) => i));
    expect(bench.values.flat()).toEqual(Array.from({ length: 50 }, (_, n) => ({ n })));
  });

  it('costs nothing where each is another, after the first few', () => {
    const bench = new Bench({ work: (n: number) => ({ n }), other: (n: number) => [n] });
    bench.run('work', Array.from({ length: 100 }, (_, i) => i));
    expect(bench.told.length).toBe(5);
    bench.run('other', [1]);
    bench.run('work', Array.from({ length: 100 }, (_, i) => i));
    expect(bench.told.length).toBe(7);
  });

  it('nor where they are parts of one buffer', () => {
    const pool = new Uint8Array(100);
    const bench = new Bench({ work: (n: number) => ({ a: pool.subarray(n, n + 1), b: pool.subarray(n, n + 1) }) });
    bench.run('work', Array.from({ length: 100 }, (_, i) => i));
    expect(bench.told.length).toBe(5);
  });
});
