import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/executors/lane.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { HandExecutor } from '../executors/hand-executor.js';

describe('backgroundMap and a lane', () => {
  it('offers each value to one that has no turn, also when it has lost its turn by itself', () => {
    let offers = 0;
    const lane: Lane & { isQueued: boolean } = {
      chunkSize: 8,
      isQueued: false,
      offer: () => offers++,
      cancel: () => undefined,
      close: () => undefined,
    };
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
});
