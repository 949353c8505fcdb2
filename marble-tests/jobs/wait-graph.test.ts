import { assert, constantFrom, integer, array, record, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Waiter, type Places } from '../../src/jobs/wait-graph.js';

function waiters(...labels: string[]): Waiter[] {
  return labels.map((label) => new Waiter(label));
}

describe('a wait', () => {
  it('for oneself is refused', () => {
    const [a] = waiters('a');
    expect(a!.wait(a!)).toEqual(['a', 'a']);
  });

  it('for one who waits for nobody is fine, again and again', () => {
    const [a, b] = waiters('a', 'b');
    expect(a!.wait(b!)).toBeUndefined();
    expect(a!.wait(b!)).toBeUndefined();
  });

  it('that closes a circle is refused, and names it from the one who closed it', () => {
    const [a, b, c] = waiters('a', 'b', 'c');
    a!.wait(b!);
    b!.wait(c!);
    expect(c!.wait(a!)).toEqual(['c', 'a', 'b', 'c']);
  });

  it('that was refused does not exist: the others go on', () => {
    const [a, b] = waiters('a', 'b');
    a!.wait(b!);
    expect(b!.wait(a!)).toBeDefined();
    b!.stopWaiting(a!);
    b!.end();
    a!.stopWaiting(b!);
    const [c] = waiters('c');
    expect(c!.wait(a!)).toBeUndefined();
  });

  it('that has ended closes nothing', () => {
    const [a, b] = waiters('a', 'b');
    a!.wait(b!);
    a!.stopWaiting(b!);
    expect(b!.wait(a!)).toBeUndefined();
  });

  it('that is no need gives way to one that would close a circle', () => {
    const [a, b] = waiters('a', 'b');
    const told: string[] = [];
    a!.waitUnlessNeeded(b!, () => told.push('first'));
    a!.waitUnlessNeeded(b!, () => told.push('second'));
    expect(told).toEqual([]);
    expect(b!.wait(a!)).toBeUndefined();
    expect(told).toEqual(['first', 'second']);
    expect(a!.wait(b!)).toEqual(['a', 'b', 'a']);
  });

  it('that is no need gives way at once to a circle that is there', () => {
    const [a, b] = waiters('a', 'b');
    const told: string[] = [];
    b!.wait(a!);
    a!.waitUnlessNeeded(b!, () => told.push('told'));
    a!.waitUnlessNeeded(a!, () => told.push('itself'));
    expect(told).toEqual(['told', 'itself']);
  });

  it('that is no need stays where a circle is closed without it', () => {
    const [a, b, c] = waiters('a', 'b', 'c');
    const told: string[] = [];
    a!.waitUnlessNeeded(b!, () => told.push('told'));
    b!.wait(c!);
    expect(c!.wait(c!)).toEqual(['c', 'c']);
    expect(told).toEqual([]);
  });

  it('counts until each of its like has ended', () => {
    const [a, b] = waiters('a', 'b');
    a!.wait(b!);
    a!.wait(b!);
    a!.stopWaiting(b!);
    expect(b!.wait(a!)).toEqual(['b', 'a', 'b']);
  });

  it('for one who is over, or of one, closes nothing', () => {
    const [a, b] = waiters('a', 'b');
    a!.wait(b!);
    a!.end();
    expect(b!.wait(a!)).toBeUndefined();
  });

  it('names the shortest circle', () => {
    const [a, b, c, d] = waiters('a', 'b', 'c', 'd');
    a!.wait(b!);
    b!.wait(c!);
    c!.wait(d!);
    a!.wait(d!);
    expect(d!.wait(a!)).toEqual(['d', 'a', 'd']);
  });

  it('of ten thousand, one for the next, does not take one round for each', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) => new Waiter(String(n)));
    for (let n = chain.length - 2; n > chain.length - 200; n--) chain[n]!.wait(chain[n + 1]!);
    for (let n = 0; n < chain.length - 200; n++) chain[n]!.wait(chain[n + 1]!);
    chain[chain.length - 200]!.wait(chain[chain.length - 199]!);
    expect(chain.at(-1)!.wait(chain[0]!)).toHaveLength(10_001);
  });
});

describe('a place', () => {
  const places = (capacity: number): Places => ({ name: 'the pool', capacity });

  it('that is free, or held by somebody unknown, keeps nobody', () => {
    const [a, b] = waiters('a', 'b');
    const pool = places(2);
    a!.take(pool);
    b!.queue(pool);
    expect(a!.wait(b!)).toBeUndefined();
  });

  it('that can only come free when its own holder gets another is a circle', () => {
    const [a, b] = waiters('a', 'b');
    const pool = places(1);
    a!.take(pool);
    expect(b!.queue(pool)).toBeUndefined();
    expect(a!.wait(b!)).toEqual(['a', 'b', 'a place of the pool', 'a']);
  });

  it('of a pool is a circle once every holder waits for one who queues', () => {
    const [a, b, c, d] = waiters('a', 'b', 'c', 'd');
    const pool = places(2);
    a!.take(pool);
    b!.take(pool);
    c!.queue(pool);
    d!.queue(pool);
    expect(a!.wait(c!)).toBeUndefined();
    expect(b!.wait(d!)).toEqual(['b', 'd', 'a place of the pool', 'b']);
  });

  it('is no circle as long as one of its holders can end', () => {
    const [a, b, c] = waiters('a', 'b', 'c');
    const pool = places(2);
    a!.take(pool);
    b!.take(pool);
    c!.queue(pool);
    expect(a!.wait(c!)).toBeUndefined();
    b!.end();
    expect(a!.wait(a!)).toEqual(['a', 'a']);
  });

  it('asked for by one whom all its holders wait for is refused at that moment', () => {
    const [a, b] = waiters('a', 'b');
    const pool = places(1);
    a!.take(pool);
    a!.wait(b!);
    expect(b!.queue(pool)).toEqual(['b', 'a place of the pool', 'a', 'b']);
  });

  it('comes free when its holder is over', () => {
    const [a, b, c] = waiters('a', 'b', 'c');
    const pool = places(1);
    a!.take(pool);
    b!.queue(pool);
    a!.end();
    b!.take(pool);
    c!.queue(pool);
    expect(b!.wait(c!)).toEqual(['b', 'c', 'a place of the pool', 'b']);
  });

  it('is not taken by one who is over', () => {
    const [a, b, c] = waiters('a', 'b', 'c');
    const pool = places(1);
    a!.end();
    a!.take(pool);
    b!.take(pool);
    c!.queue(pool);
    expect(b!.wait(c!)).toEqual(['b', 'c', 'a place of the pool', 'b']);
  });

  it('that may come free is not named as part of a circle', () => {
    const [a, b, queuing, free] = waiters('a', 'b', 'queuing', 'free');
    const pool = places(2);
    a!.take(pool);
    free!.take(pool);
    queuing!.queue(pool);
    expect(a!.wait(queuing!)).toBeUndefined();
    b!.wait(a!);
    expect(a!.wait(b!)).toEqual(['a', 'b', 'a']);
  });

  it('reads the capacity at each question', () => {
    const [a, b] = waiters('a', 'b');
    const pool = { name: 'the pool', capacity: 1 };
    a!.take(pool);
    b!.queue(pool);
    pool.capacity = 2;
    expect(a!.wait(b!)).toBeUndefined();
  });
});

/** Who is stuck, found the long way: let everybody end who can, until nobody can. */
class Model {
  readonly waits: Map<number, number[]>;
  readonly queued: Set<number>;
  readonly holding: Set<number>;
  readonly #capacity: number;

  constructor(size: number, capacity: number) {
    this.#capacity = capacity;
    this.waits = new Map(Array.from({ length: size }, (_, n) => [n, []]));
    this.queued = new Set();
    this.holding = new Set();
  }

  stuck(): number[] {
    const left = new Map(this.waits);
    const holding = new Set(this.holding);
    const full = holding.size >= this.#capacity;
    for (;;) {
      const ends = [...left].find(([one, others]) => {
        const hasPlace = !this.queued.has(one) || !full || holding.size < this.holding.size;
        return hasPlace && others.every((other) => !left.has(other));
      });
      if (ends === undefined) return [...left.keys()];
      left.delete(ends[0]);
      holding.delete(ends[0]);
    }
  }
}

describe('any number of waits', () => {
  it('are refused exactly when somebody would be stuck, and nobody ever is', () => {
    const step = record({ kind: constantFrom('wait', 'wait', 'wait', 'queue', 'queue', 'take', 'end', 'stop'), a: integer({ min: 0, max: 6 }), b: integer({ min: 0, max: 6 }) });
    assert(
      property(array(step, { maxLength: 40 }), integer({ min: 1, max: 3 }), (steps, capacity) => {
        const pool: Places = { name: 'pool', capacity };
        const all = Array.from({ length: 7 }, (_, n) => new Waiter(String(n)));
        const model = new Model(7, capacity);
        const over = new Set<number>();
        for (const { kind, a, b } of steps) {
          if (over.has(a)) continue;
          const waits = model.waits.get(a)!;
          // Who queues has not begun, and so waits for nobody: a place is taken before anything is waited for.
          if (kind === 'wait' && !over.has(b) && !model.queued.has(a)) {
            waits.push(b);
            const wouldStick = model.stuck().length > 0;
            if (wouldStick) waits.pop();
            expect(all[a]!.wait(all[b]!) !== undefined).toBe(wouldStick);
          } else if (kind === 'stop' && waits.includes(b)) {
            waits.splice(waits.indexOf(b), 1);
            all[a]!.stopWaiting(all[b]!);
          } else if (kind === 'queue' && waits.length === 0 && !model.holding.has(a) && !model.queued.has(a)) {
            if (model.holding.size < capacity) {
              model.holding.add(a);
              all[a]!.take(pool);
              continue;
            }
            model.queued.add(a);
            const wouldStick = model.stuck().length > 0;
            expect(all[a]!.queue(pool) !== undefined).toBe(wouldStick);
            // As a job does: it fails.
            if (wouldStick) end(a);
          } else if (kind === 'take' && model.queued.has(a) && model.holding.size < capacity) {
            model.queued.delete(a);
            model.holding.add(a);
            all[a]!.take(pool);
          } else if (kind === 'end') end(a);
          expect(model.stuck()).toEqual([]);
        }

        function end(one: number): void {
          over.add(one);
          model.queued.delete(one);
          model.holding.delete(one);
          all[one]!.end();
          model.waits.set(one, []);
          for (const [waiter, others] of model.waits) {
            for (const other of others) if (other === one) all[waiter]!.stopWaiting(all[one]!);
            model.waits.set(waiter, others.filter((other) => other !== one));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
