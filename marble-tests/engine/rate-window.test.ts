import { describe, expect, it } from 'vitest';
import { RateWindow } from '../../src/engine/rate-window.js';

describe('RateWindow', () => {
  it('lets `limit` pass at once, and the next when the first has left the window', () => {
    const window = new RateWindow(2, 10);
    expect(window.waitMs(0)).toBe(0);
    window.passed(0);
    expect(window.waitMs(3)).toBe(0);
    window.passed(3);
    expect([window.waitMs(3), window.waitMs(9), window.waitMs(10)]).toEqual([7, 1, 0]);
  });

  it('slides: no span of perMs holds more than limit', () => {
    const window = new RateWindow(3, 10);
    const times: number[] = [];
    for (let now = 0; now < 200; now++) {
      // Uneven arrivals, and as many as may pass.
      if (now % 7 === 3) continue;
      while (window.waitMs(now) === 0) {
        window.passed(now);
        times.push(now);
      }
    }
    const most = Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 10).length));
    expect(most).toBe(3);
  });

  it('asks for nothing after a long pause', () => {
    const window = new RateWindow(1, 10);
    window.passed(0);
    expect(window.waitMs(1_000_000)).toBe(0);
  });

  it('goes on when the clock stands: as long as somebody has waited', () => {
    const window = new RateWindow(1, 10);
    window.passed(5);
    expect(window.waitMs(5)).toBe(10);
    window.waited(5, 5, 10);
    expect(window.waitMs(5)).toBe(0);
    window.passed(5);
    expect(window.waitMs(5)).toBe(10);
    // It goes again, and has by itself.
    window.waited(5, 15, 10);
    expect(window.waitMs(15)).toBe(0);
  });

  it('goes on when the clock has been set back', () => {
    const window = new RateWindow(1, 10);
    window.passed(3_600_000);
    expect([window.waitMs(100), window.waitMs(109), window.waitMs(110)]).toEqual([10, 1, 0]);
    window.passed(110);
    expect([window.waitMs(110), window.waitMs(120)]).toEqual([10, 0]);
  });
});
