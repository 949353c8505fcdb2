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
    let items = 1000;
    // Threads start, and modules load.
    await run(items);
    let ms = await timed(run, items);
    while (ms < turnMs / 4 && items < most) {
      items = Math.min(4 * items, most);
      ms = await timed(run, items);
    }
    const units = Math.min(Math.ceil((items * turnMs) / ms), most);
    all.push({ name, kind, units, run: () => run(units) });
  }
  return all;
}

/**
 * @param {(items: number) => Promise<unknown>} run
 * @param {number} items
 */
async function timed(run, items) {
  const began = performance.now();
  await run(items);
  return performance.now() - began;
}
