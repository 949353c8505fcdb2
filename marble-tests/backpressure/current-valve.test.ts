import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Valve } from '../../src/backpressure/index.js';

const slot = Symbol.for('rxjs-background.valve/1');
const realm = globalThis as { [slot]?: Valve | undefined };
const valve: Valve = { held: false, hold: () => () => {} };

/** A copy of the package. */
function load() {
  vi.resetModules();
  return import('../../src/backpressure/current-valve.js');
}

afterEach(() => {
  realm[slot] = undefined;
});

// The first to load a copy here, so that it comes first.
describe('the current valve', () => {
  it('is that of a stranger who knew the protocol before us', async () => {
    realm[slot] = valve;
    const { currentValve } = await load();
    expect(currentValve()).toBe(valve);
  });

  it('is the same for all copies and for strangers, whoever makes it current', async () => {
    const [one, other] = [await load(), await load()];
    const found = () => [one.currentValve(), other.currentValve(), realm[slot]];
    one.withValve(valve, () => {
      expect(found()).toEqual([valve, valve, valve]);
      other.outsideDelivery(() => {
        expect(found()).toEqual([undefined, undefined, undefined]);
      });
    });
    realm[slot] = valve;
    expect(found()).toEqual([valve, valve, valve]);
  });
});
