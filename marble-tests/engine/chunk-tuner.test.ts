import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkTuner, mostBytes, mostInChunk, targetMs } from '../../src/engine/chunk-tuner.js';

/** Reports full chunks of values that take `msEach`, and gives the sizes on the way. */
function sizes(tuner: ChunkTuner, msEach: number, reports: number): number[] {
  return Array.from({ length: reports }, () => {
    const { size } = tuner;
    tuner.ran(size, size * msEach);
    return tuner.size;
  });
}

describe('ChunkTuner', () => {
  it('starts with one, and doubles up to its most while values take nothing', () => {
    const tuner = new ChunkTuner();
    expect([tuner.size, tuner.msEach]).toEqual([1, undefined]);
    expect(sizes(tuner, 0, 12)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024]);
    expect(sizes(new ChunkTuner(5), 0, 4)).toEqual([2, 4, 5, 5]);
    expect(sizes(new ChunkTuner(1), 0, 2)).toEqual([1, 1]);
    expect(new ChunkTuner(1e9).size).toBe(1);
    expect(sizes(new ChunkTuner(1e9), 0, 20).at(-1)).toBe(mostInChunk);
  });

  it('sends as many as take the target', () => {
    for (const msEach of [0.01, 0.1, 0.3, 1, 3, 4, 5, 1000]) {
      const tuner = new ChunkTuner();
      const fitting = Math.min(mostInChunk, Math.max(1, Math.floor(targetMs / msEach)));
      expect(sizes(tuner, msEach, 20).at(-1)).toBe(fitting);
      expect(tuner.msEach).toBeCloseTo(msEach);
    }
  });

  it('shrinks at the second report in a row of slower values, by a factor of 1000', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 0.004, 12);
    expect(tuner.size).toBe(1000);
    // Part of a chunk is enough.
    tuner.ran(1, 4);
    expect(tuner.size).toBe(1000);
    tuner.ran(1, 4);
    expect(tuner.size).toBe(1);
  });

  it('believes of two slower reports the quicker one', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 0.01, 12);
    tuner.ran(400, 400);
    tuner.ran(400, 40);
    expect(tuner.msEach).toBeCloseTo(0.1);
    expect(tuner.size).toBe(40);
  });

  it('follows values that become 1000 times faster within so many reports', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 4, 5);
    expect(sizes(tuner, 0.004, 22).at(-1)).toBeGreaterThan(900);
  });

  it('makes nothing of a single wrong report', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 0.01, 12);
    expect(tuner.size).toBe(400);
    for (let i = 0; i < 5; i++) {
      tuner.ran(400, 400);
      expect(tuner.size).toBe(400);
      expect(sizes(tuner, 0.01, 1)).toEqual([400]);
    }
  });

  it('does not grow by chunks that were not full, unless half of one was', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 0, 4);
    tuner.ran(7, 0);
    expect(tuner.size).toBe(16);
    tuner.ran(8, 0);
    expect(tuner.size).toBe(32);
  });

  it('learns nothing from a report of nothing', () => {
    const tuner = new ChunkTuner();
    tuner.ran(0, 100);
    expect([tuner.size, tuner.msEach]).toEqual([1, undefined]);
  });

  it('weighs at most about so many bytes, at once, and grows again when values are lighter', () => {
    const tuner = new ChunkTuner();
    sizes(tuner, 0, 12);
    tuner.weighed(mostBytes / 10);
    expect(tuner.size).toBe(10);
    tuner.weighed(mostBytes * 3);
    expect(tuner.size).toBe(1);
    for (let i = 0; i < 40; i++) {
      tuner.weighed(8);
      tuner.ran(tuner.size, 0);
    }
    expect(tuner.size).toBe(mostInChunk);
  });

  it('never leaves its bounds, nor more than doubles', () => {
    const event = fc.oneof(
      fc.record({ count: fc.nat(2000), ms: fc.oneof(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.constant(0)) }),
      fc.record({ bytes: fc.nat(10 * mostBytes) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.array(event), (most, events) => {
        const tuner = new ChunkTuner(most);
        for (const happened of events) {
          const before = tuner.size;
          if ('bytes' in happened) tuner.weighed(happened.bytes);
          else tuner.ran(happened.count, happened.ms);
          expect(Number.isInteger(tuner.size)).toBe(true);
          expect(tuner.size).toBeGreaterThanOrEqual(1);
          expect(tuner.size).toBeLessThanOrEqual(Math.min(most, mostInChunk, 2 * before));
        }
      }),
    );
  });
});
