import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roster } from '../../src/engine/roster.js';

function all<T>(roster: Roster<T>): T[] {
  const seen: T[] = [];
  roster.each((value) => seen.push(value));
  return seen;
}

describe('Roster', () => {
  it('gives what is in it in the order in which it came', () => {
    const roster = new Roster<string>();
    roster.add('a');
    const leave = roster.add('b');
    roster.add('c');
    expect(all(roster)).toEqual(['a', 'b', 'c']);
    leave();
    roster.add('b');
    expect(all(roster)).toEqual(['a', 'c', 'b']);
  });

  it('takes each out once, however often it is asked to', () => {
    const roster = new Roster<string>();
    const leave = roster.add('a');
    roster.add('a');
    leave();
    leave();
    expect(all(roster)).toEqual(['a']);
  });

  it('passes by who is taken out before his turn, and who comes meanwhile', () => {
    const roster = new Roster<string>();
    const seen: string[] = [];
    const leaves = ['a', 'b', 'c', 'd'].map((value) => roster.add(value));
    roster.each((value) => {
      seen.push(value);
      roster.add('e');
      if (value === 'b') for (const leave of leaves) leave();
    });
    expect(seen).toEqual(['a', 'b']);
    expect(all(roster)).toEqual(['e', 'e']);
  });

  it('keeps nothing that has left for somebody who left before', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const roster = new Roster<object>();
    const leaveFirst = roster.add({});
    // Each comes before the last one leaves.
    let leave = leaveFirst;
    const left: WeakRef<object>[] = [];
    for (let i = 0; i < 5; i++) {
      const value = {};
      const next = roster.add(value);
      leave();
      left.push(new WeakRef(value));
      leave = next;
    }
    leave();
    await new Promise(setImmediate);
    gc();
    // `leave` still has the last.
    expect(left.slice(0, 4).map((value) => value.deref())).toEqual([undefined, undefined, undefined, undefined]);
    leaveFirst();
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
          expect(all(roster)).toEqual(model.map((one) => one.value));
        });
      }),
    );
  });
});
