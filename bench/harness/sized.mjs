import { timed } from './timed.mjs';

/** @import { Contestant } from './interleave.mjs' */

/**
 * Contestants that are each given as many items as take about `workMs` of the processors, and at most `most`: what takes a
 * nanosecond an item and what takes a hundred microseconds cannot be measured on the same number of them.
 *
 * @param {Contestant<number>[]} contestants what they are run on is a number of items
 * @param {{ workMs: number, most: number, first?: number }} limits `first`: how many to begin with
 * @returns {Promise<Contestant<void>[]>}
 */
export async function sized(contestants, { workMs, most, first = 1000 }) {
  /** @type {Contestant<void>[]} */
  const all = [];
  for (const { name, kind = 'peer', run } of contestants) {
    let units = Math.min(first, most);
    // Threads start, and modules load.
    await run(units);
    // The first of these are slow, too: code is not compiled yet.
    for (let ms = 0; ms < workMs / 2 && units < most;) {
      ms = (await timed(run, units)).processorMs;
      units = Math.min(Math.ceil(units * Math.min(workMs / ms, 10)), most);
    }
    all.push({ name, kind, units, run: () => run(units) });
  }
  return all;
}
