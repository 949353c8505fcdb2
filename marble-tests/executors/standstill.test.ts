import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Standstill } from '../../src/executors/threads/standstill.js';

function scene() {
  const desk = { streaming: { stream: { pause: { held: true } } } };
  const warn = vi.fn();
  return { desk, warn, standstill: new Standstill([desk] as never, warn) };
}

describe('a standstill', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is told of once, after a second in which nothing has moved, though more has been asked for', () => {
    const { warn, standstill } = scene();
    standstill.moved(true);
    vi.advanceTimersByTime(900);
    standstill.moved(true);
    vi.advanceTimersByTime(100);
    expect(warn).toHaveBeenCalledTimes(1);
    standstill.moved(true);
    vi.advanceTimersByTime(5000);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('is none while threads are free, or values come, each of which may use up the credit', () => {
    const { warn, standstill } = scene();
    standstill.moved(true);
    standstill.moved(false);
    vi.advanceTimersByTime(5000);
    for (let i = 0; i < 10; i++) {
      standstill.stop();
      standstill.moved(true);
      vi.advanceTimersByTime(600);
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it('may come after what only looked like one', () => {
    const { desk, warn, standstill } = scene();
    standstill.moved(true);
    desk.streaming.stream.pause.held = false;
    vi.advanceTimersByTime(1000);
    expect(warn).not.toHaveBeenCalled();
    desk.streaming.stream.pause.held = true;
    standstill.moved(true);
    vi.advanceTimersByTime(1000);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
