import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Retention } from '../../src/jobs/retention.js';

describe('retention', () => {
  it('lets the oldest go once there are too many', () => {
    const kept = new Retention<string>(2, Infinity);
    for (const one of ['a', 'b', 'c', 'd']) kept.add(one, 0);
    expect([...kept.expired(1e9)]).toEqual(['a', 'b']);
    expect([...kept.expired(1e9)]).toEqual([]);
  });

  it('lets go what is too old', () => {
    const kept = new Retention<string>(Infinity, 10);
    kept.add('a', 0);
    kept.add('b', 5);
    expect([...kept.expired(9)]).toEqual([]);
    expect([...kept.expired(10)]).toEqual(['a']);
    expect([...kept.expired(15)]).toEqual(['b']);
  });

  it('keeps nothing with a count or an age of 0', () => {
    for (const kept of [new Retention<string>(0, Infinity), new Retention<string>(Infinity, 0)]) {
      kept.add('a', 0);
      expect([...kept.expired(0)]).toEqual(['a']);
    }
  });

  it('keeps those that came last, and never one too many or too old', () => {
    assert(
      property(array(integer({ min: 0, max: 9 })), integer({ min: 0, max: 5 }), integer({ min: 0, max: 20 }), (gaps, count, ms) => {
        const kept = new Retention<number>(count, ms);
        const ended: { at: number; id: number }[] = [];
        const gone: number[] = [];
        let now = 0;
        gaps.forEach((gap, id) => {
          now += gap;
          ended.push({ at: now, id });
          kept.add(id, now);
          gone.push(...kept.expired(now));
          const left = ended.filter(({ id: one }) => !gone.includes(one));
          expect(left).toEqual(ended.slice(ended.length - count > 0 ? ended.length - count : 0).filter(({ at }) => now - at < ms));
        });
      }),
    );
  });
});
