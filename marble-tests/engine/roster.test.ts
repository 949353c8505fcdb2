import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roster } from '../../src/engine/roster.js';

describe('Roster', () => {
  it('gives what is in it in the order in which it came', () => {
    const roster = new Roster<string>();
    roster.add('a');
    const leave = roster.add('b');
    roster.add('c');
    expect(roster.all()).toEqual(['a', 'b', 'c']);
    leave();
    roster.add('b');
    expect(roster.all()).toEqual(['a', 'c', 'b']);
    expect(roster.size).toBe(3);
  });

  it('takes each out once, however often it is asked to', () => {
    const roster = new Roster<string>();
    const leave = roster.add('a');
    roster.add('a');
    leave();
    leave();
    expect(roster.all()).toEqual(['a']);
    expect(roster.size).toBe(1);
  });

  it('is an array from which the left ones have been filtered', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (steps) => {
        const roster = new Roster<number>();
        const model: { readonly value: number; readonly leave: () => void }[] = [];
        steps.forEach((step, value) => {
          // Every other step takes one out, when there is any.
          if (value % 2 === 1 && model.length > 0) model.splice(step % model.length, 1)[0]?.leave();
          else model.push({ value, leave: roster.add(value) });
          expect(roster.all()).toEqual(model.map((one) => one.value));
          expect(roster.size).toBe(model.length);
        });
      }),
    );
  });
});
