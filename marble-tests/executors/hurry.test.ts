import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { targetMs } from '../../src/engine/chunk-tuner.js';
import { Hurry } from '../../src/executors/threads/hurry.js';

/** Desks, and when their threads have been hurried. */
function desks(...areLong: boolean[]) {
  const hurried = areLong.map((): number[] => []);
  const busy = areLong.map((isLong, i) => ({
    isLong,
    thread: { cells: { hurry: () => hurried[i]!.push(Date.now()) } } as never,
  }));
  return { busy, hurried };
}

describe('Hurry', () => {
  beforeEach(() => vi.useFakeTimers({ now: 0 }));
  afterEach(() => vi.useRealTimers());

  it('has those with long messages look up until nothing has come or gone since the last time', () => {
    const { busy, hurried } = desks(true, false, true);
    const hurry = new Hurry(busy);
    hurry.moved(busy[0]!);
    vi.advanceTimersByTime(targetMs / 2);
    hurry.moved(busy[0]!);
    vi.advanceTimersByTime(10 * targetMs);
    const twice = [targetMs, 2 * targetMs];
    expect(hurried).toEqual([twice, [], twice]);
    expect(vi.getTimerCount()).toBe(0);
    hurry.moved(busy[2]!);
    vi.advanceTimersByTime(targetMs);
    hurry.moved(busy[2]!);
    vi.advanceTimersByTime(10 * targetMs);
    expect(hurried[0]!.length).toBe(5);
  });

  it('has nobody look up for a short message, and keeps no process alive', () => {
    const { busy, hurried } = desks(true, false);
    const hurry = new Hurry(busy);
    hurry.moved(busy[1]!);
    expect(vi.getTimerCount()).toBe(0);
    const set = vi.spyOn(globalThis, 'setTimeout');
    hurry.moved(busy[0]!);
    vi.advanceTimersByTime(10 * targetMs);
    expect(set.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false, false]);
    expect(hurried).toEqual([[targetMs, 2 * targetMs], []]);
  });
});
