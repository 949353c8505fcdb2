import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallPlace } from '../../src/engine/call-place.js';
import { Turns } from '../../src/engine/turns.js';

describe('Turns', () => {
  it('gives the first of each key its turn at once, and the next when it has ended', () => {
    const turns = new Turns<CallPlace>();
    const [a1, a2, b1, a3] = [new CallPlace(), new CallPlace(), new CallPlace(), new CallPlace()];

    expect([turns.add(a1, 'a'), turns.add(a2, 'a'), turns.add(b1, 'b'), turns.add(a3, 'a')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(turns.end(b1)).toBeUndefined();
    expect(turns.end(a1)).toBe(a2);
    expect(turns.end(a2)).toBe(a3);
    expect(turns.end(a3)).toBeUndefined();
  });

  it('compares keys as a Map does', () => {
    const turns = new Turns<CallPlace>();
    const key = {};
    const firsts = [Number.NaN, 0, undefined, null, '0', key, {}].map((k) => turns.add(new CallPlace(), k));
    const seconds = [Number.NaN, -0, undefined, null, '0', key].map((k) => turns.add(new CallPlace(), k));

    expect(firsts).toEqual([true, true, true, true, true, true, true]);
    expect(seconds).toEqual([false, false, false, false, false, false]);
  });

  it('remembers no key that has nothing pending', () => {
    const turns = new Turns<CallPlace>();
    for (let i = 0; i < 1000; i++) {
      const place = new CallPlace();
      turns.add(place, i);
      turns.end(place);
    }
    expect(turns.size).toBe(0);
  });

  it('does not end the turn of another for one that never had a key', () => {
    const turns = new Turns<CallPlace>();
    const first = new CallPlace();
    turns.add(first, undefined);

    expect(turns.end(new CallPlace())).toBeUndefined();
    expect(turns.add(new CallPlace(), undefined)).toBe(false);
  });

  it('always lets exactly the oldest of each key have its turn', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.nat(3), ends: fc.nat(5) }), { maxLength: 60 }), (steps) => {
        const turns = new Turns<CallPlace>();
        const pending: { place: CallPlace; key: number }[] = [];
        const having = new Set<CallPlace>();
        for (const { key, ends } of steps) {
          const place = new CallPlace();
          if (turns.add(place, key)) having.add(place);
          pending.push({ place, key });
          const ending = pending.filter((one) => having.has(one.place))[ends];
          if (ending !== undefined) {
            pending.splice(pending.indexOf(ending), 1);
            having.delete(ending.place);
            const heir = turns.end(ending.place);
            if (heir !== undefined) having.add(heir);
          }
          const oldest = pending.filter((one, i) => pending.findIndex((other) => other.key === one.key) === i);
          expect(having).toEqual(new Set(oldest.map((one) => one.place)));
          expect(turns.size).toBe(oldest.length);
        }
      }),
    );
  });
});
