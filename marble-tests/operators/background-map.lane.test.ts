import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Chunk } from '../../src/engine/chunk.js';
import type { CallLane } from '../../src/executors/executor.js';
import type { Lane, LaneHost, LaneOptions } from '../../src/executors/lane.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { all } from '../probes.js';

/** A lane that never takes anything. */
function idleLane(): Lane & { isQueued: boolean } {
  return { chunkSize: 8, isQueued: false, offer: () => undefined, cancel: () => undefined, close: () => undefined };
}

/** Lanes that take chunks of `size` at once, which are run by hand. */
function lanesByHand(size: number) {
  const chunks: Chunk[] = [];
  const cancelled: Chunk[] = [];
  const lane = {} as { host: LaneHost };
  const openLane = (_options: LaneOptions, host: LaneHost): CallLane => {
    lane.host = host;
    const offer = (): void => {
      while (host.waiting() >= size) chunks.push(host.take(size)!);
    };
    const cancel = (chunk: Chunk): void => {
      cancelled.push(chunk);
    };
    return { ...idleLane(), offer, cancel, execute: () => () => undefined };
  };
  return { executor: Object.assign(new HandExecutor(4), { openLane }), lane, chunks, cancelled };
}

describe('backgroundMap and a lane', () => {
  it('offers each value to one that has no turn, also when it has lost its turn by itself', () => {
    let offers = 0;
    const lane = { ...idleLane(), offer: () => offers++ };
    const executor = Object.assign(new HandExecutor(1), {
      openLane: () => Object.assign(lane, { execute: () => () => undefined }),
    });
    const values = new Subject<number>();
    const subscription = values.pipe(backgroundMap((n: number) => n, { executor })).subscribe();
    const offersFor = (isQueued: boolean): number => {
      lane.isQueued = isQueued;
      const before = offers;
      values.next(0);
      return offers - before;
    };
    expect([false, true, true, false, false].map(offersFor)).toEqual([1, 0, 0, 1, 1]);
    subscription.unsubscribe();
  });

  it.each<[options: object, asked: object]>([
    [{}, { chunkSize: undefined, mostInChunk: undefined, rest: [], timeoutMs: undefined, graceMs: undefined }],
    [{ chunkSize: 8, args: [320] }, { chunkSize: 8, rest: [320] }],
    [{ chunkSize: 'auto', args: () => [320] }, { chunkSize: undefined, rest: [] }],
    [{ timeoutMs: 5, graceMs: 7 }, { timeoutMs: 5, graceMs: 7 }],
    [{ concurrency: 3, maxPending: 11 }, { mostInChunk: 3 }],
    [{ concurrency: 4, maxPending: 2 }, { mostInChunk: 1 }],
  ])('asks for one that does what %j says', (options, asked) => {
    const openLane = vi.fn(() => ({ ...idleLane(), execute: () => () => undefined }));
    const executor = Object.assign(new HandExecutor(2), { openLane });
    NEVER.pipe(backgroundMap((n: number) => n, { executor, ...options }))
      .subscribe()
      .unsubscribe();
    expect(openLane).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(asked), expect.anything());
  });

  it.each([{ chunkSize: 1 }, { key: () => 1 }, { transfer: () => [] }])('asks for none with %j', (options) => {
    const openLane = vi.fn();
    const executor = Object.assign(new HandExecutor(2), { openLane });
    of(1)
      .pipe(backgroundMap((n: number) => n, { executor, ...(options as object) }))
      .subscribe();
    expect(openLane).not.toHaveBeenCalled();
    expect(executor.calls).toHaveLength(1);
  });

  it('cancels at once what a failure makes pointless, though a value before it is still to come', () => {
    const { executor, lane, chunks, cancelled } = lanesByHand(1);
    const seen = all(of('a', 'b', 'c').pipe(backgroundMap((letter: string) => letter, { executor })));

    lane.host.tell(() => {
      lane.host.failed(chunks[1]!, 'b failed');
    });
    expect([cancelled, seen]).toEqual([[chunks[2]], []]);
    lane.host.tell(() => {
      lane.host.brought(chunks[0]!, ['A']);
    });
    expect(seen).toEqual(['A', 'b failed']);
  });

  it('gives onError the index in the source of a value whose select throws, wherever it stands in its chunk', () => {
    const { executor, lane, chunks } = lanesByHand(2);
    const select = (result: string): string => {
      if (result === 'D') throw new Error('bad');
      return result;
    };
    const onError = (_error: unknown, input: string, index: number): string[] => [`${input}${String(index)}`];
    const seen = all(of('a', 'b', 'c', 'd').pipe(backgroundMap((letter: string) => letter, { executor, select, onError })));

    lane.host.tell(() => {
      lane.host.brought(chunks[0]!, ['A', 'B']);
      lane.host.brought(chunks[1]!, ['C', 'D']);
    });
    expect(seen).toEqual(['A', 'B', 'C', 'd3', 'complete']);
  });
});
