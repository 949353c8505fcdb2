import { describe, expect, it } from 'vitest';
import { DepthTuner } from '../../src/engine/depth-tuner.js';

type Times = readonly number[];

/** How long it takes to fetch and work through the values, one at a time each, with so many ready, or as many as a tuner says. */
function run(fetchMs: Times, workMs: Times, fixed?: number) {
  const tuner = fixed === undefined ? new DepthTuner(64) : undefined;
  const depth = (): number => fixed ?? (tuner as DepthTuner).depth;
  let now = 0;
  let ready = 0;
  let fetched = 0;
  let taken = 0;
  let fetchedAt = Infinity;
  let doneAt = Infinity;
  /** The depth over time, as an integral. */
  let held = 0;
  const depths: number[] = [];
  const fetchNext = (): void => {
    if (fetchedAt === Infinity && fetched < fetchMs.length && ready < depth())
      fetchedAt = now + (fetchMs[fetched++] as number);
  };
  const work = (): void => {
    tuner?.took(ready);
    depths.push(depth());
    doneAt = now + (workMs[taken++] as number);
  };
  fetchNext();
  while (fetchedAt < Infinity || doneAt < Infinity) {
    const next = Math.min(fetchedAt, doneAt);
    held += depth() * (next - now);
    now = next;
    if (doneAt <= fetchedAt) {
      doneAt = Infinity;
      if (ready === 0) tuner?.starved();
      else {
        ready--;
        work();
      }
    } else {
      fetchedAt = Infinity;
      if (doneAt === Infinity) work();
      else {
        ready++;
        tuner?.filled(ready);
      }
    }
    fetchNext();
  }
  return { ms: now, meanDepth: held / now, depths };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const count = 3000;

function times(ms: (index: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => ms(index));
}

function exponential(random: () => number, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** Fetch times and work times. */
const sources: Readonly<Record<string, (random: () => number) => readonly [fetchMs: Times, workMs: Times]>> = {
  'stalls at every 8th value': () => [times((i) => (i % 8 === 0 ? 40 : 1)), times(() => 5)],
  'stalls at every 20th value': () => [times((i) => (i % 20 === 0 ? 100 : 1)), times(() => 6)],
  'stalls at every 50th value, briefly': () => [times((i) => (i % 50 === 0 ? 40 : 1)), times(() => 5)],
  'stalls at one value of 8': (r) => [times(() => (r() < 1 / 8 ? 30 : 1)), times(() => 5)],
  'stalls at one value of 20': (r) => [times(() => (r() < 1 / 20 ? 60 : 1)), times(() => 5)],
  'stalls at one value of 10, for any time': (r) => [times(() => (r() < 0.1 ? exponential(r, 40) : 1)), times(() => 6)],
  'takes any time, as its consumer does': (r) => [times(() => exponential(r, 5)), times(() => exponential(r, 5))],
  'stalls for longer from the middle on': () => [
    times((i) => (i % 8 === 0 ? (i < 1500 ? 15 : 40) : 1)),
    times((i) => (i < 1500 ? 4 : 6)),
  ],
  'stalls, before a consumer that is slow at times': () => [
    times((i) => (i % 8 === 0 ? 40 : 1)),
    times((i) => (Math.floor(i / 200) % 2 === 0 ? 6 : 20)),
  ],
  'is steady, before a consumer that rests at every 20th value': () => [times(() => 3), times((i) => (i % 20 === 0 ? 70 : 0))],
  'is steady, before a consumer that rests at one of 16': (r) => [times(() => 3), times(() => (r() < 1 / 16 ? 60 : 0))],
  'is steady and quick': () => [times(() => 1), times(() => 5)],
  'is steady and slow': () => [times(() => 5), times(() => 1)],
};

describe('DepthTuner, before a source that', () => {
  it.each(Object.keys(sources))('%s: takes hardly longer than the best fixed depth', (name) => {
    const shares = [1, 2, 3, 4, 5].map((seed) => {
      const [fetchMs, workMs] = (sources[name] as (typeof sources)[string])(random(seed));
      const fixed = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64].map((depth) => run(fetchMs, workMs, depth).ms);
      return Math.min(...fixed) / run(fetchMs, workMs).ms;
    });
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.95);
    expect(Math.min(...shares)).toBeGreaterThan(0.93);
  });

  it('stalls at every 8th value: does not swing', () => {
    const { depths } = run(times((i) => (i % 8 === 0 ? 40 : 1)), times(() => 5));
    expect(new Set(depths.slice(100))).toEqual(new Set([8]));
  });

  it('stalls no more: gives everything back', () => {
    const { depths } = run(times((i) => (i % 8 === 0 && i < 1000 ? 40 : 1)), times(() => 5));
    expect(depths[990]).toBe(8);
    expect(depths[1100]).toBe(1);
  });

  it('stalls seldom: gives back what it does not need within some stalls', () => {
    const stalls = times((i) => (i < 400 ? (i % 20 === 0 ? 100 : 1) : i % 20 === 0 ? 10 : 1));
    const { depths } = run(stalls, times(() => 6));
    expect(Math.max(...depths.slice(300, 400))).toBeGreaterThanOrEqual(16);
    expect(Math.max(...depths.slice(700))).toBeLessThanOrEqual(4);
  });

  it('is steady: has no more ready than it needs', () => {
    expect(run(times(() => 1), times(() => 5)).meanDepth).toBe(1);
    expect(run(times(() => 5), times(() => 1)).meanDepth).toBe(1);
  });

  it('stalls once after a long time: is not remembered for long', () => {
    const fetchMs = times((i) => (i % 8 === 0 && i < 80 ? 40 : i === 1500 ? 100 : 1));
    const { depths } = run(fetchMs, times(() => 5));
    expect(depths[1490]).toBe(1);
    expect(depths[1700]).toBe(1);
  });
});
