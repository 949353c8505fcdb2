import { timed } from './timed.mjs';

/** @import { Contestant } from './interleave.mjs' */

/**
 * Contestants that are each given as many items as they get done in about `turnMs`, and at most `most`: what takes a
 * nanosecond an item and what takes a hundred microseconds cannot be measured on the same number of them.
 *
 * @param {Contestant<number>[]} contestants what they are run on is a number of items
 * @param {{ turnMs: number, most: number }} limits
 * @returns {Promise<Contestant<void>[]>}
 */
export async function sized(contestants, { turnMs, most }) {
  /** @type {Contestant<void>[]} */
  const all = [];
  for (const { name, kind = 'peer', run } of contestants) {
    let units = 1000;
    // Threads start, and modules load.
    await run(units);
    // The first of these are slow, too: code is not compiled yet.
    for (let ms = 0; ms < turnMs / 2 && units < most;) {
      ms = (await timed(run, units)).ms;
      // Was that all, or was the machine busy?
      if (ms >= turnMs / 2) ms = Math.min(ms, (await timed(run, units)).ms);
      units = Math.min(Math.ceil(units * Math.min(turnMs / ms, 10)), most);
    }
    all.push({ name, kind, units, run: () => run(units) });
  }
  return all;
}
