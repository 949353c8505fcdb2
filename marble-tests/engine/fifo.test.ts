import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Fifo, shiftMany } from '../../src/engine/fifo.js';

function filled(count: number): Fifo<number> {
  const fifo = new Fifo<number>();
  for (let n = 0; n < count; n++) fifo.push(n);
  return fifo;
}

function drained<T>(fifo: Fifo<T>): (T | undefined)[] {
  const all: (T | undefined)[] = [];
  while (fifo.length > 0) all.push(fifo.shift());
  return all;
}

describe('Fifo', () => {
  it('gives back what was pushed, oldest first', () => {
    expect(drained(filled(5))).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([7, 8, 9, 16, 17, 100])('keeps the order of %i elements while its ring grows', (count) => {
    expect(drained(filled(count))).toEqual(Array.from({ length: count }, (_, n) => n));
  });

  it('keeps the order when it grows after it has wrapped', () => {
    const fifo = filled(8);
    for (let n = 0; n < 5; n++) fifo.shift();
    for (let n = 8; n < 30; n++) fifo.push(n);
    expect(drained(fifo)).toEqual(Array.from({ length: 25 }, (_, n) => n + 5));
  });

  it.each([
    [0, 3],
    [6, 3],
    [6, 8],
    [6, 100],
    [3, 0],
  ])('takes many at once, after %i have gone: %i', (gone, count) => {
    const fifo = filled(8);
    for (let n = 0; n < gone; n++) fifo.shift();
    for (let n = 8; n < 8 + gone; n++) fifo.push(n);
    const all = Array.from({ length: 8 }, (_, n) => n + gone);
    expect(shiftMany(fifo, count)).toEqual(all.slice(0, count));
    fifo.push(99);
    expect(drained(fifo)).toEqual([...all.slice(count), 99]);
  });

  it('has nothing to give when empty', () => {
    const fifo = new Fifo<number>();
    expect([fifo.length, fifo.peek(), fifo.shift(), fifo.shiftFirst(() => true)]).toEqual([0, ...Array<undefined>(3)]);
    expect(fifo.length).toBe(0);
    fifo.push(1);
    expect(drained(fifo)).toEqual([1]);
  });

  it('holds undefined as an element', () => {
    const fifo = new Fifo<undefined>();
    fifo.push(undefined);
    expect(fifo.length).toBe(1);
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.length).toBe(0);
  });

  it('peeks without taking', () => {
    const fifo = filled(2);
    expect([fifo.peek(), fifo.peek(), fifo.length]).toEqual([0, 0, 2]);
  });

  it.each([0, 1, 3, 5])('takes out the element at %i and keeps the others in order, also when wrapped', (position) => {
    const fifo = filled(8);
    for (let n = 0; n < 6; n++) fifo.shift();
    for (let n = 8; n < 12; n++) fifo.push(n);
    expect(fifo.shiftFirst((n) => n >= 6 + position)).toBe(6 + position);
    expect(drained(fifo)).toEqual([6, 7, 8, 9, 10, 11].filter((n) => n !== 6 + position));
  });

  it('takes nothing out when no element passes', () => {
    const fifo = filled(3);
    expect(fifo.shiftFirst(() => false)).toBeUndefined();
    expect(drained(fifo)).toEqual([0, 1, 2]);
  });

  it('is empty and usable after clear', () => {
    const fifo = filled(20);
    fifo.clear();
    expect([fifo.length, fifo.peek()]).toEqual([0, undefined]);
    fifo.push(1);
    expect(drained(fifo)).toEqual([1]);
  });

  it('keeps no room for a burst that is over', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const used = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const fifo = filled(1);
    const before = used();
    for (let n = 0; n < 1_000_000; n++) fifo.push(n);
    while (fifo.length > 1) fifo.shift();
    // The ring, of 8 bytes a place, is there until the last has gone.
    expect(used() - before).toBeGreaterThan(6_000_000);
    fifo.shift();
    expect(used() - before).toBeLessThan(2_000_000);
    fifo.push(1);
    expect(drained(fifo)).toEqual([1]);
  });
});
