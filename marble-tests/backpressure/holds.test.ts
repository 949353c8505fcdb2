import { describe, expect, it } from 'vitest';
import { Holds } from '../../src/backpressure/holds.js';
import { createValve, type SourceValve } from '../../src/backpressure/index.js';

/** A valve that notes in `log` when its source may go on, and does then what `onOpen` says. */
function valveOf(name: string, log: string[], onOpen: () => void = () => undefined): SourceValve {
  return createValve(() => {
    log.push(name);
    onOpen();
  });
}

describe('Holds', () => {
  it('are at most one for each valve, however often it is taken', () => {
    const holds = new Holds();
    const log: string[] = [];
    const [a, b, c] = [valveOf('a', log), valveOf('b', log), valveOf('c', log)];
    for (const valve of [a, b, a, c, b, c, a, undefined]) holds.take(valve);
    expect(holds.size).toBe(3);

    holds.releaseOldest();
    holds.take(b);
    expect([holds.size, a.held, b.held, c.held]).toEqual([2, false, true, true]);
    holds.releaseOldest();
    holds.releaseOldest();
    expect([holds.size, b.held, c.held, log]).toEqual([0, false, false, ['a', 'b', 'c']]);
  });

  it('may be taken again by a source that emits while it is released', () => {
    const holds = new Holds();
    const log: string[] = [];
    const a = valveOf('a', log, () => {
      holds.take(a);
    });
    const b = valveOf('b', log);
    holds.take(a);
    holds.take(b);
    holds.releaseAll();
    expect([log, holds.size, a.held, b.held]).toEqual([['a', 'b'], 1, true, false]);
  });
});
