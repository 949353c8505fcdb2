import { describe, expect, it } from 'vitest';
import { Service, type Plan } from '../../bench/auto/service.mjs';
import { VirtualClock } from '../../bench/auto/virtual-clock.mjs';
import { makeClimb, type Climb } from '../../src/engine/climb.js';

interface Drive {
  readonly climb: Climb;
  /** When the source has its next value, given the time at which it is asked. Default: at once. */
  readonly ready?: (now: number) => number;
  /** Results that the consumer takes in a second. Default: all. */
  readonly taken?: (now: number) => number;
  readonly timeoutMs?: number;
  readonly seed?: number;
}

/** Calls a service as a map would, under a climb; tells what succeeded by second, and where the limit was at its end. */
function drive(plan: Plan, seconds: number, { climb, ready, taken, timeoutMs, seed = 1 }: Drive) {
  const clock = new VirtualClock();
  const service = new Service(plan, clock, seed);
  const succeeded: number[] = new Array<number>(seconds).fill(0);
  const limits: number[] = [];
  let running = 0;
  /** Results that the consumer has not taken yet: as many as may run. */
  let finished = 0;
  let nextAt = 0;
  const work = (): void => {
    while (running + finished < climb.limit()) {
      if (nextAt > clock.now()) return;
      nextAt = ready?.(clock.now()) ?? 0;
      if (nextAt > clock.now()) {
        clock.after(nextAt - clock.now(), work);
        return;
      }
      running++;
      const began = clock.now();
      const call = climb.begin(began);
      let isOver = false;
      const end = (hasFailed: boolean): void => {
        if (isOver) return;
        isOver = true;
        running--;
        climb.end(call, began, clock.now(), hasFailed);
        const second = Math.floor(clock.now() / 1000);
        if (!hasFailed) succeeded[second] = (succeeded[second] ?? 0) + 1;
        if (taken !== undefined) finished++;
        work();
      };
      const leave = service.call(end);
      if (timeoutMs !== undefined) {
        clock.after(timeoutMs, () => {
          leave();
          end(true);
        });
      }
    }
  };
  const take = (): void => {
    const rate = taken?.(clock.now()) ?? Infinity;
    if (finished > 0) finished--;
    work();
    clock.after(1000 / rate, take);
  };
  if (taken !== undefined) clock.after(1, take);
  for (let second = 1; second <= seconds; second++) {
    clock.after(second * 1000 - 1, () => {
      limits.push(climb.limit());
    });
  }
  clock.after(0, work);
  clock.runUntil(seconds * 1000);
  const rate = (from: number, to: number): number =>
    succeeded.slice(from, to).reduce((sum, n) => sum + n, 0) / (to - from);
  return { rate, limits, running: () => running };
}

function climbFrom(start = 4, max = 256): Climb {
  return makeClimb({ start, least: () => 1, most: () => max });
}

const seeds = [1, 2, 3, 4, 5];

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
}

describe('Climb', () => {
  describe.each([
    ['wait', 'steady', 0.97],
    ['wait', 'uneven', 0.95],
    ['wait', 'wild', 0.94],
    ['slower', 'steady', 0.95],
    ['slower', 'uneven', 0.94],
    ['slower', 'wild', 0.92],
    ['refused', 'steady', 0.95],
    ['refused', 'uneven', 0.94],
    ['refused', 'wild', 0.91],
  ] as const)('of a service where what is too much is %s, with %s times', (beyond, noise, share) => {
    it.each([4, 16, 60])('finds %d servers, and brings nearly all that they can', (servers) => {
      const brought = seeds.map((seed) => {
        const { rate } = drive({ servers: () => servers, beyond, noise }, 150, { climb: climbFrom(), seed });
        return rate(90, 150) / (servers * 10);
      });
      // With as few, one more or less is a quarter.
      expect(mean(brought)).toBeGreaterThan(servers === 4 ? share - 0.04 : share);
    });

    it('follows the servers up and down', () => {
      const servers = (now: number): number => (now < 120_000 || now >= 240_000 ? 10 : 40);
      const brought = seeds.map((seed) => {
        const { rate } = drive({ servers, beyond, noise }, 360, { climb: climbFrom(), seed });
        return [rate(60, 120) / 100, rate(180, 240) / 400, rate(300, 360) / 100];
      });
      for (const phase of [0, 1, 2]) expect(mean(brought.map((rates) => rates[phase]!))).toBeGreaterThan(share - 0.02);
    });
  });

  it('goes on with as many when all calls take three times as long, and as before', () => {
    const taskMs = (now: number): number => (now >= 60_000 && now < 120_000 ? 300 : 100);
    for (const seed of seeds) {
      const plan: Plan = { servers: () => 16, taskMs, noise: 'uneven', beyond: 'slower' };
      const { rate, limits } = drive(plan, 180, { climb: climbFrom(), seed });

      expect(rate(80, 120) / (160 / 3)).toBeGreaterThan(0.9);
      expect(rate(140, 180) / 160).toBeGreaterThan(0.92);
      expect(Math.max(...limits.slice(60))).toBeLessThanOrEqual(40);
    }
  });

  it('holds while the source starves, and goes on from there', () => {
    // One value every 50 ms, for calls of 100 ms: two run.
    const ready = (now: number): number => (now < 30_000 || now > 130_000 ? now : Math.floor(now / 50) * 50 + 50);
    let last = -1;
    const once = (now: number): number => {
      const at = ready(now);
      if (at === now || at !== last) {
        const free = last === now ? now : at;
        last = at;
        return free;
      }
      return at;
    };
    const { rate, limits } = drive({ servers: () => 20, noise: 'uneven' }, 160, { climb: climbFrom(), ready: once });

    expect(rate(20, 30)).toBeGreaterThan(190);
    expect(new Set(limits.slice(31, 129)).size).toBe(1);
    expect(rate(131, 160)).toBeGreaterThan(185);
  });

  it('does not climb for a source that never fills it', () => {
    let nextAt = 0;
    const ready = (now: number): number => {
      if (now < nextAt) return nextAt;
      nextAt = now + 100;
      return now;
    };
    const { limits } = drive({ servers: () => 20 }, 60, { climb: climbFrom(4), ready });

    expect(new Set(limits)).toEqual(new Set([4]));
  });

  it('holds while the consumer is full, and goes on from there', () => {
    const taken = (now: number): number => (now < 60_000 || now >= 160_000 ? 1000 : 30);
    const { rate, limits } = drive({ servers: () => 20, noise: 'uneven' }, 220, { climb: climbFrom(), taken });

    expect(rate(80, 160)).toBeGreaterThan(29);
    expect(Math.max(...limits.slice(62, 160)) - Math.min(...limits.slice(62, 160))).toBeLessThanOrEqual(2);
    expect(rate(190, 220)).toBeGreaterThan(180);
  });

  it('halves when calls are late, and again, and climbs when they are no more', () => {
    const servers = (now: number): number => (now >= 60_000 && now < 120_000 ? 4 : 16);
    for (const seed of seeds) {
      const plan: Plan = { servers, noise: 'uneven' };
      const { limits, rate } = drive(plan, 180, { climb: climbFrom(), timeoutMs: 250, seed });

      expect(Math.min(...limits.slice(60, 64))).toBeLessThanOrEqual(8);
      expect(rate(80, 120)).toBeGreaterThan(33);
      expect(rate(150, 180)).toBeGreaterThan(140);
    }
  });

  it('does not give up calls for failures that have nothing to do with how many run', () => {
    for (const seed of seeds) {
      const plan: Plan = { servers: () => 16, noise: 'uneven', failShare: 0.2 };
      const { rate } = drive(plan, 120, { climb: climbFrom(), seed });

      expect(rate(60, 120)).toBeGreaterThan(0.93 * 160 * 0.8);
    }
  });

  it('goes down to the least when everything fails, and climbs when it does no more', () => {
    const calls = { from: 30_000, to: 60_000 };
    const climb = climbFrom();
    const plan: Plan = {
      servers: (now) => (now >= calls.from && now < calls.to ? 0 : 16),
      beyond: 'refused',
      noise: 'uneven',
    };
    const { limits, rate } = drive(plan, 120, { climb });

    expect(Math.min(...limits.slice(30, 60))).toBe(1);
    expect(rate(90, 120)).toBeGreaterThan(140);
  });

  it('stays between its bounds, which may move', () => {
    let max = 8;
    const climb = makeClimb({ start: 100, least: () => 3, most: () => max });
    expect(climb.limit()).toBe(8);
    const { limits } = drive({ servers: () => 1 }, 60, { climb });
    expect(Math.min(...limits)).toBe(3);
    expect(Math.max(...limits)).toBeLessThanOrEqual(8);
    max = 2;
    expect(climb.limit()).toBe(3);
  });

  it('starts at the ceiling where there is one, and stays where every call counts', () => {
    const climb = climbFrom(8, 8);
    const { limits, rate } = drive({ servers: () => 8, noise: 'uneven' }, 120, { climb });

    expect(rate(0, 120)).toBeGreaterThan(0.96 * 80);
    expect(mean(limits)).toBeGreaterThan(7.5);
  });

  it('stays where both bounds are, and climbs again when they are not', () => {
    let pinned: number | undefined = 50;
    const climb = makeClimb({ start: 50, least: () => pinned ?? 1, most: () => pinned ?? 32 });
    expect(new Set(drive({ servers: () => 10 }, 20, { climb }).limits)).toEqual(new Set([50]));
    pinned = 2;
    climb.startAt(2);
    expect(new Set(drive({ servers: () => 10 }, 20, { climb }).limits)).toEqual(new Set([2]));
    pinned = undefined;
    climb.startAt(climb.limit());
    expect(climb.limit()).toBe(2);
    const { rate } = drive({ servers: () => 10 }, 60, { climb });

    expect(rate(30, 60)).toBeGreaterThan(95);
  });

  it('makes nothing of calls that take no time', () => {
    const climb = climbFrom();
    for (let now = 0; now < 1000; now++) {
      for (let n = 0; n < 20; n++) climb.end(climb.begin(now), now, now, false);
    }
    expect(climb.limit()).toBeGreaterThanOrEqual(1);
    expect(Number.isInteger(climb.limit())).toBe(true);
  });

  it('bears a clock that is set back', () => {
    const climb = climbFrom();
    let now = 1_000_000;
    for (let n = 0; n < 1000; n++) {
      if (n === 500) now = 0;
      const calls = Array.from({ length: climb.limit() }, () => climb.begin(now));
      const began = now;
      now += 100;
      for (const call of calls) climb.end(call, began, now, false);
    }
    expect(climb.limit()).toBeGreaterThan(64);
  });
});
