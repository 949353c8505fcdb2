import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { Chunk } from '../../src/engine/chunk.js';
import { Desk } from '../../src/executors/threads/desk.js';
import { ThreadStream } from '../../src/executors/threads/thread-stream.js';
import { SharedCells } from '../../src/worker/shared-cells.js';

function scene(ahead: number) {
  const granted: number[] = [];
  const seen: unknown[] = [];
  const stops: number[] = [];
  let release: (() => void) | undefined;
  const stream = new ThreadStream(
    7,
    ahead,
    (count) => granted.push(count),
    () => stops.push(seen.length),
  );
  stream.values$.subscribe({
    next: (value) => {
      seen.push(value);
      if (value === 'hold') release = currentValve()?.hold();
    },
    error: (error: unknown) => seen.push(['failed', error]),
    complete: () => seen.push('end'),
  });
  return {
    stream,
    granted,
    seen,
    stops,
    release: () => {
      release?.();
    },
  };
}

describe('the values of a thread that streams', () => {
  it('are granted in halves as they are delivered; while none is to come there is a pause, again and again', () => {
    const { stream, granted, release } = scene(4);
    for (const round of [1, 2, 3]) {
      for (const value of ['hold', 1, 2]) stream.brought([value]);
      expect(stream.pause.held).toBe(false);
      stream.brought([3]);
      expect(stream.pause.held).toBe(true);
      release();
      expect([stream.pause.held, granted]).toEqual([false, Array.from({ length: 2 * round }, () => 2)]);
    }
  });

  it('are over once they have ended: there is a pause, and it is too late to fail', () => {
    const { stream, seen, stops, release } = scene(4);
    for (const value of ['hold', 1]) stream.brought([value]);
    stream.ended();
    expect(stream.pause.held).toBe(true);
    stream.fail('late');
    release();
    expect([seen, stops]).toEqual([['hold', 1, 'end'], []]);
  });

  it('that are late are stopped once, and fail behind what has come', () => {
    const { stream, seen, stops, release } = scene(4);
    for (const value of ['hold', 1]) stream.brought([value]);
    stream.fail('late');
    stream.fail('again');
    release();
    expect([seen, stops]).toEqual([['hold', 1, ['failed', 'late']], [1]]);
  });
});

describe('a desk', () => {
  it('takes nothing behind a later value, nor behind a result that streams', () => {
    const desk = new Desk({ cells: new SharedCells() } as never);
    expect(desk.mayTake(3)).toBe(true);
    desk.enter(new Chunk([1, 2], 5));
    expect([desk.mayTake(4), desk.mayTake(7), desk.mayTake(Infinity)]).toEqual([false, true, true]);
    desk.streaming = {} as never;
    expect([desk.mayTake(7), desk.mayTake(Infinity)]).toEqual([false, false]);
    desk.endStreaming();
    expect(desk.mayTake(7)).toBe(true);
  });
});
