import { describe, expect, it } from 'vitest';
import { DepthTuner } from '../../src/engine/depth-tuner.js';

/** A burst that finds the queue full and then leaves it empty. */
function exhaust(tuner: DepthTuner): void {
  tuner.filled(tuner.depth);
  for (let left = tuner.depth - 1; left >= 0; left--) tuner.took(left);
  tuner.starved();
}

function grown(times: number, max = 64): DepthTuner {
  const tuner = new DepthTuner(max);
  for (let i = 0; i < times; i++) exhaust(tuner);
  return tuner;
}

describe('DepthTuner', () => {
  it('starts at one', () => {
    expect(new DepthTuner(64).depth).toBe(1);
  });

  it('doubles each time it was full and then empty', () => {
    expect([1, 2, 3, 6].map((times) => grown(times).depth)).toEqual([2, 4, 8, 64]);
  });

  it('stops at max, whatever max is', () => {
    expect([grown(10).depth, grown(10, 5).depth, grown(10, 1).depth]).toEqual([64, 5, 1]);
  });

  it('takes the first fill for no evidence', () => {
    const tuner = new DepthTuner(64);
    for (let i = 0; i < 10; i++) tuner.starved();
    expect(tuner.depth).toBe(1);
  });

  it('takes an emptiness that goes on for one', () => {
    const tuner = grown(2);
    for (let i = 0; i < 10; i++) tuner.starved();
    expect(tuner.depth).toBe(4);
  });

  it('does not grow for starving while it fills up again', () => {
    const tuner = grown(2);
    tuner.filled(tuner.depth - 1);
    tuner.starved();
    expect(tuner.depth).toBe(4);
  });

  it('halves when at least half was left over through as many takes as its depth', () => {
    const tuner = grown(3);
    tuner.filled(8);
    for (let i = 0; i < 7; i++) tuner.took(4);
    expect(tuner.depth).toBe(8);
    tuner.took(4);
    expect(tuner.depth).toBe(4);
  });

  it('keeps its depth when less than half was left once', () => {
    const tuner = grown(3);
    tuner.filled(8);
    for (let i = 0; i < 7; i++) tuner.took(7);
    tuner.took(3);
    expect(tuner.depth).toBe(8);
  });

  it('goes down to one and no further', () => {
    const tuner = grown(6);
    for (let i = 0; i < 1000; i++) tuner.took(tuner.depth);
    expect(tuner.depth).toBe(1);
  });

  it('halves an odd depth downwards', () => {
    const tuner = grown(10, 5);
    for (let i = 0; i < 5; i++) tuner.took(3);
    expect(tuner.depth).toBe(2);
  });

  it('counts takes anew after it was found empty', () => {
    const tuner = grown(3);
    tuner.filled(8);
    for (let i = 0; i < 7; i++) tuner.took(6);
    tuner.starved();
    expect(tuner.depth).toBe(16);
    for (let i = 0; i < 15; i++) tuner.took(12);
    expect(tuner.depth).toBe(16);
  });
});
