// The law: a held source is silent. Every source and operator of the package is held to it.
import { asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { currentValve, type Valve } from '../../src/backpressure/index.js';
import { Calls } from '../probes.js';
import { cases, type End, type Make, type Values } from './cases.js';

interface Seen {
  /** Values, and the end. */
  readonly all: unknown[];
  /** What came, and what was called, between hold and release. */
  readonly whileHeld: unknown[];
  readonly callsWhileHeld: number;
}

/** Subscribes, holds the valve of the first delivery `holdAfter` ms later, and lets it go in frame 100. */
function watch(make: Make, values: Values, end: End, holdAfter: number): Seen {
  const all: unknown[] = [];
  const whileHeld: unknown[] = [];
  const calls = new Calls<unknown>();
  let callsBefore = 0;
  let callsWhileHeld = 0;
  let held: Valve | undefined;
  new TestScheduler(() => {}).run(({ flush }) => {
    let release: (() => void) | undefined;
    let isHeld = false;
    const note = (what: unknown): void => {
      if (isHeld) whileHeld.push(what);
      all.push(what);
    };
    const hold = (): void => {
      release = held!.hold();
      isHeld = true;
      callsBefore = calls.count;
    };
    make(values, end, calls).subscribe({
      next: (value) => {
        note(value);
        if (held !== undefined) return;
        held = currentValve();
        if (holdAfter === 0) hold();
        else asyncScheduler.schedule(hold, holdAfter);
      },
      error: (error: unknown) => note(`error: ${String(error)}`),
      complete: () => note('complete'),
    });
    asyncScheduler.schedule(() => {
      callsWhileHeld = calls.count - callsBefore;
      isHeld = false;
      release?.();
      expect(held?.held).toBe(false);
    }, 100);
    // Everything is over by then, but for what would never end.
    flush();
  });
  expect(held).toBeDefined();
  return { all, whileHeld, callsWhileHeld };
}

function whole(values: Values, end: End): unknown[] {
  return [...values, end === 'error' ? 'error: failed' : 'complete'];
}

describe.each(cases)('%s', (name, make) => {
  describe.each(['complete', 'error'] as const)('that ends with %s', (end) => {
    it.each([
      ['a', 0],
      ['abcdef', 0],
      ['a', 1],
      ['abcdef', 1],
    ] as const)('is silent while it is held: %s, held after %i ms', (letters, holdAfter) => {
      const values = Array.from(letters);
      const seen = watch(make, values, end, holdAfter);
      expect(seen.whileHeld).toEqual([]);
      expect(seen.callsWhileHeld).toBe(0);
      // onDemand completes with what was wanted, and merged chains come as they arrive.
      const all = name.includes('chains') ? sorted(seen.all) : seen.all.flat();
      expect(all).toEqual(whole(values, end));
    });
  });
});

function sorted(all: unknown[]): unknown[] {
  return [...all.slice(0, -1).sort(), ...all.slice(-1)];
}
