import { describe, expect, it } from 'vitest';
import { CallPlace } from '../../src/engine/call-place.js';
import { Lineup } from '../../src/engine/lineup.js';

class Named extends CallPlace {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

function lined(ordered: boolean, names: string): { lineup: Lineup<Named>; place: (name: string) => Named } {
  const lineup = new Lineup<Named>(ordered);
  const places = new Map(Array.from(names, (name) => [name, new Named(name)]));
  for (const place of places.values()) lineup.add(place);
  return { lineup, place: (name) => places.get(name)! };
}

function put(lineup: Lineup<Named>, place: Named, value: unknown): void {
  place.put(value);
  lineup.arrived(place);
}

/** Takes whatever may be taken; a failure shows as `!name` and ends it. */
function taken(lineup: Lineup<Named>): unknown[] {
  const all: unknown[] = [];
  for (let front = lineup.front(); front !== undefined; front = lineup.front()) {
    if (front.waiting > 0) all.push(lineup.take(front));
    else return [...all, `!${front.name}`];
  }
  return all;
}

const names = (places: Iterable<Named>): string => [...places].map(({ name }) => name).join('');

/** The line that begins with `first`. */
function lineFrom(first: Named): string {
  const { following } = first;
  return following instanceof Named ? first.name + lineFrom(following) : first.name;
}

describe('Lineup, ordered', () => {
  it('lets a value wait for the calls before its own', () => {
    const { lineup, place } = lined(true, 'abc');
    put(lineup, place('c'), 'c1');
    lineup.end(place('c'));
    put(lineup, place('b'), 'b1');
    lineup.end(place('b'));
    expect(taken(lineup)).toEqual([]);
    put(lineup, place('a'), 'a1');
    lineup.end(place('a'));
    expect(taken(lineup)).toEqual(['a1', 'b1', 'c1']);
    expect(lineup.size).toBe(0);
  });

  it('lets the values of the first call pass before it has ended', () => {
    const { lineup, place } = lined(true, 'ab');
    put(lineup, place('b'), 'b1');
    put(lineup, place('a'), 'a1');
    expect(taken(lineup)).toEqual(['a1']);
    put(lineup, place('a'), 'a2');
    put(lineup, place('a'), 'a3');
    expect(taken(lineup)).toEqual(['a2', 'a3']);
    lineup.end(place('a'));
    expect(taken(lineup)).toEqual(['b1']);
    expect(lineup.size).toBe(1);
  });

  it('keeps a call pending until its last value has been taken', () => {
    const { lineup, place } = lined(true, 'a');
    put(lineup, place('a'), 'a1');
    put(lineup, place('a'), 'a2');
    lineup.end(place('a'));
    lineup.take(lineup.front()!);
    expect(lineup.size).toBe(1);
    lineup.take(lineup.front()!);
    expect(lineup.size).toBe(0);
  });

  it('passes over calls that brought nothing', () => {
    const { lineup, place } = lined(true, 'abcd');
    for (const name of 'bca') lineup.end(place(name));
    put(lineup, place('d'), 'd1');
    expect(taken(lineup)).toEqual(['d1']);
    expect([lineFrom(place('d')), lineup.size]).toEqual(['d', 1]);
  });

  it('delivers a failure after the values before it, and what undefined stands for', () => {
    const { lineup, place } = lined(true, 'ab');
    put(lineup, place('b'), undefined);
    lineup.fail(place('b'), undefined);
    expect(taken(lineup)).toEqual([]);
    lineup.end(place('a'));
    expect(taken(lineup)).toEqual([undefined, '!b']);
  });

  it('removes what comes after a failure, and names those that run, newest first', () => {
    const { lineup, place } = lined(true, 'abcde');
    lineup.end(place('d'));
    lineup.fail(place('b'), 'reason');
    expect(names(lineup.outdoneBy(place('b')))).toBe('ec');
    expect([lineFrom(place('a')), lineup.size]).toEqual(['ab', 2]);
  });

  it('names all that run, newest first, when there is no failure: nobody wants them any more', () => {
    const { lineup, place } = lined(true, 'abcd');
    lineup.end(place('c'));
    expect(names(lineup.outdoneBy())).toBe('dba');
    expect(['a', 'b', 'c', 'd'].map((name) => place(name).isUnwanted)).toEqual([true, true, false, true]);
    expect(lineup.size).toBe(0);
  });

  it('lets the earliest of two failures win', () => {
    const { lineup, place } = lined(true, 'abc');
    lineup.fail(place('c'), 'late');
    expect(names(lineup.outdoneBy(place('c')))).toBe('');
    lineup.fail(place('b'), 'early');
    expect(names(lineup.outdoneBy(place('b')))).toBe('');
    lineup.end(place('a'));
    expect(lineup.front()?.reason).toBe('early');
  });
});

describe('Lineup, in order of arrival', () => {
  it('delivers in order of arrival', () => {
    const { lineup, place } = lined(false, 'abc');
    put(lineup, place('c'), 'c1');
    put(lineup, place('a'), 'a1');
    put(lineup, place('c'), 'c2');
    expect(taken(lineup)).toEqual(['c1', 'a1', 'c2']);
    expect(lineup.size).toBe(3);
  });

  it('forgets a call that ends, whatever its place, when its values have been taken', () => {
    const { lineup, place } = lined(false, 'abc');
    put(lineup, place('b'), 'b1');
    lineup.end(place('b'));
    lineup.end(place('a'));
    expect([lineFrom(place('b')), lineup.size]).toEqual(['bc', 2]);
    expect(taken(lineup)).toEqual(['b1']);
    expect([lineFrom(place('c')), lineup.size]).toEqual(['c', 1]);
    lineup.end(place('c'));
    expect(lineup.size).toBe(0);
  });

  it('delivers what arrived before a failure first, and not what arrived after it', () => {
    const { lineup, place } = lined(false, 'abc');
    put(lineup, place('b'), 'b1');
    put(lineup, place('a'), 'a1');
    lineup.fail(place('a'), 'reason');
    expect(names(lineup.outdoneBy(place('a')))).toBe('cb');
    expect(taken(lineup)).toEqual(['b1', 'a1', '!a']);
  });
});
