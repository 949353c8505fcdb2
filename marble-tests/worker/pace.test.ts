import { describe, expect, it } from 'vitest';
import { longMessage, Pace } from '../../src/worker/pace.js';

const long = { inputs: new Array<number>(longMessage) };

/** How many calls there are from each look at the clock to the next. */
function strides(ms: readonly number[], message: ConstructorParameters<typeof Pace>[2] = long): number[] {
  let time = 0;
  const pace = new Pace(() => time, 0, message);
  const found: number[] = [];
  let count = 0;
  for (const each of ms) {
    time += each;
    count++;
    if (pace.step()) {
      expect(pace.time).toBe(time);
      found.push(count);
      count = 0;
    }
    expect(pace.isExact).toBe(count === 0);
  }
  return found;
}
const calls = (count: number, ms: number): number[] => new Array<number>(count).fill(ms);

describe('looking at the clock', () => {
  it('is less frequent the longer calls have been quick', () => {
    expect(strides(calls(168, 0.0001))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16]);
  });

  it('happens after each call of 30 µs', () => {
    expect(strides(calls(5, 0.03))).toEqual([1, 1, 1, 1, 1]);
  });

  it('happens after each call again once one was slow, and for long only now and then', () => {
    const late = strides([...calls(16, 0.0001), ...calls(7, 5), ...calls(6, 0.0001)]);
    expect(late).toEqual([1, 2, 3, 4, 5, 6, 1, 1, 1, 2, 3]);
  });

  it('happens after each call where it matters when calls begin', () => {
    expect(strides(calls(50, 0.0001), { ...long, isTimed: true })).toEqual(calls(50, 1));
  });

  it('happens after each call of a short message', () => {
    expect(strides(calls(15, 0.0001), { inputs: calls(15, 0) })).toEqual(calls(15, 1));
  });

  it('happens when somebody asks for it, which is no reason to do so more often', () => {
    let time = 0;
    const pace = new Pace(() => time, 0, long);
    for (let i = 0; i < 6; i++) pace.step();
    expect([pace.stride, pace.step()]).toEqual([4, false]);
    pace.hurry();
    time = 0.001;
    expect([pace.step(), pace.time, pace.stride]).toEqual([true, 0.001, 5]);
  });

  it('does not count time that no call took', () => {
    let time = 0;
    const pace = new Pace(() => time, 0, long);
    pace.step();
    time = 50;
    pace.skip();
    expect([pace.time, pace.isExact]).toEqual([50, true]);
    time += 0.001;
    expect([pace.step(), pace.step(), pace.step()]).toEqual([false, true, false]);
  });
});
