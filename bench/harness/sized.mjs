import { timed } from './timed.mjs';

/** @import { Contestant } from './interleave.mjs' */

/**
 * @typedef {object} Limits
 * @property {number} workMs what a turn is to take of the processors
 * @property {number} warmUpMs how much of them is used before any turn, until code is compiled and heaps have grown
 * @property {number} most items for one turn
 * @property {number} [first] how many to begin with
 */

/**
 * Contestants that are each given as many items as take about `workMs` of the processors, and at most `most`: what takes a
 * nanosecond an item and what takes a hundred microseconds cannot be measured on the same number of them.
 *
 * @param {Contestant<number>[]} contestants what they are run on is a number of items
 * @param {Limits} limits
 * @returns {Promise<Contestant<void>[]>}
 */
export async function sized(contestants, { workMs, warmUpMs, most, first = 1000 }) {
  /** @type {Contestant<void>[]} */
  const all = [];
  for (const { name, kind = 'peer', run } of contestants) {
    let units = Math.min(first, most);
    let usedMs = 0;
    for (let ms = 0; usedMs < warmUpMs || (ms < workMs / 2 && units < most);) {
      ms = (await timed(run, units)).processorMs;
      usedMs += ms;
      units = Math.min(Math.ceil(units * Math.min(workMs / ms, 10)), most);
    }
    all.push({ name, kind, units, run: () => run(units) });
  }
  return all;
}
