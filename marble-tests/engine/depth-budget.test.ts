import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BudgetedTuner, DepthBudget } from '../../src/engine/depth-budget.js';
import type { DepthTuner } from '../../src/engine/depth-tuner.js';

/** Finds it empty after it had been full. */
function stall(tuner: DepthTuner): void {
  for (let ready = 1; ready <= tuner.depth; ready++) tuner.filled(ready);
  for (let ready = tuner.depth - 1; ready >= 0; ready--) tuner.took(ready);
  tuner.starved();
}

function fill(tuner: DepthTuner): void {
  for (let ready = 1; ready <= tuner.depth; ready++) tuner.filled(ready);
}

describe('DepthBudget', () => {
  it('lets one have all of it', () => {
    const budget = new DepthBudget(20);
    const tuner = new BudgetedTuner(64, budget);
    const depths = [1, 2, 3, 4, 5, 6].map(() => {
      stall(tuner);
      return tuner.depth;
    });
    expect(depths).toEqual([2, 4, 8, 16, 20, 20]);
    expect(budget.taken).toBe(20);
  });

  it('allows one to each, however many there are', () => {
    const budget = new DepthBudget(2);
    const tuners = [1, 2, 3].map(() => new BudgetedTuner(64, budget));
    for (const tuner of tuners) stall(tuner);

    expect(tuners.map(({ depth }) => depth)).toEqual([1, 1, 1]);
    expect(budget.taken).toBe(3);
  });

  it('takes from who has to spare, as soon as that is not ready any more', () => {
    const budget = new DepthBudget(16);
    const rich = new BudgetedTuner(64, budget);
    const poor = new BudgetedTuner(64, budget);
    for (let i = 0; i < 5; i++) stall(rich);
    expect([rich.depth, poor.depth]).toEqual([15, 1]);
    fill(rich);
    for (let i = 0; i < 3; i++) rich.took(14);
    stall(poor);
    // What is taken away has been taken out already; what is ready still counts.
    expect([rich.depth, poor.depth]).toEqual([14, 2]);
    expect(budget.taken).toBe(16);
    for (let i = 0; i < 3; i++) rich.took(14);
    stall(poor);
    expect([rich.depth, poor.depth, budget.taken]).toEqual([12, 2, 16]);
    rich.took(12);
    stall(poor);
    expect([rich.depth, poor.depth, budget.taken]).toEqual([12, 4, 16]);
  });

  it('evens out what all need', () => {
    const budget = new DepthBudget(30);
    const tuners = [1, 2, 3].map(() => new BudgetedTuner(64, budget));
    for (let i = 0; i < 6; i++) stall(tuners[0]!);
    expect(tuners[0]!.depth).toBe(28);
    for (let i = 0; i < 40; i++) for (const tuner of tuners) stall(tuner);

    for (const { depth } of tuners) expect(Math.abs(depth - 10)).toBeLessThanOrEqual(2);
  });

  it('has back what those had who leave', () => {
    const budget = new DepthBudget(8);
    const [one, other] = [new BudgetedTuner(64, budget), new BudgetedTuner(64, budget)];
    for (let i = 0; i < 4; i++) stall(one);
    one.leave();
    expect(budget.taken).toBe(1);
    for (let i = 0; i < 4; i++) stall(other);
    expect(other.depth).toBe(8);
  });

  it('asks for one back when another comes', () => {
    const budget = new DepthBudget(8);
    const one = new BudgetedTuner(64, budget);
    for (let i = 0; i < 4; i++) stall(one);
    expect(one.depth).toBe(8);
    const other = new BudgetedTuner(64, budget);
    expect([one.depth, other.depth]).toEqual([7, 1]);
  });

  it('never gives out more than it has, nor less than one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 20 }),
        fc.array(fc.record({ who: fc.nat(2), what: fc.constantFrom('fill', 'take', 'starve') }), { maxLength: 300 }),
        (total, steps) => {
          const budget = new DepthBudget(total);
          const all = [0, 1, 2].map(() => ({ tuner: new BudgetedTuner(64, budget), ready: 0 }));
          for (const { who, what } of steps) {
            const one = all[who]!;
            if (what === 'fill' && one.ready < one.tuner.depth) one.tuner.filled(++one.ready);
            if (what === 'take' && one.ready > 0) one.tuner.took(--one.ready);
            if (what === 'starve' && one.ready === 0) one.tuner.starved();
            expect(all.reduce((sum, { ready }) => sum + ready, 0)).toBeLessThanOrEqual(total);
            expect(budget.taken).toBeLessThanOrEqual(total);
            for (const { tuner } of all) expect(tuner.depth).toBeGreaterThanOrEqual(1);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
