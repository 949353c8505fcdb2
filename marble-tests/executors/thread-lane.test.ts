import { describe, expect, it } from 'vitest';
import { Chunk } from '../../src/engine/chunk.js';
import { ThreadLane } from '../../src/executors/threads/thread-lane.js';

function laneOf(waiting: Chunk[]): ThreadLane {
  const owner = { name: 'test', offered: () => undefined, cancelled: () => undefined, execute: () => () => undefined };
  const host = {
    waiting: () => waiting.reduce((sum, { length }) => sum + length, 0),
    take: () => waiting.shift(),
    split: (chunk: Chunk, position: number) => chunk.split(position),
    tell: (outcomes: () => void) => {
      outcomes();
    },
    brought: () => undefined,
    streams: () => undefined,
    failed: () => undefined,
    late: () => undefined,
  };
  return new ThreadLane(owner, host, 'work', {
    concurrency: () => 1,
    rest: [],
    attempt: 1,
    transfer: [],
    isBare: false,
    isNumbered: true,
    isSingle: false,
  });
}

describe('ThreadLane', () => {
  it('sends what came back before anything else, by its place in the stream', () => {
    const lane = laneOf([new Chunk([9], 9)]);
    lane.putBack([new Chunk([5, 6], 5)]);
    lane.putBack([new Chunk([2, 3], 2), new Chunk([7], 7)]);
    expect(lane.waiting).toBe(6);
    expect(Array.from({ length: 4 }, () => lane.take(10)?.index)).toEqual([2, 5, 7, 9]);
    expect(lane.take(10)).toBeUndefined();
  });

  it('keeps what does not fit at the front', () => {
    const lane = laneOf([]);
    lane.putBack([new Chunk([5, 6, 7], 5)]);
    expect([lane.take(2)?.inputs, lane.take(2)?.inputs]).toEqual([[5, 6], [7]]);
  });

  it('forgets a cancelled chunk that came back, and everything when it is closed', () => {
    const lane = laneOf([]);
    const chunk = new Chunk([5], 5);
    lane.putBack([chunk, new Chunk([6], 6)]);
    lane.cancel(chunk);
    expect(lane.take(2)?.index).toBe(6);
    lane.close();
    lane.putBack([chunk]);
    expect([lane.waiting, lane.take(1)]).toEqual([0, undefined]);
  });
});
