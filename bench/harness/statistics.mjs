/** @import { Round } from './interleave.mjs' */

/** @param {readonly number[]} numbers at least one */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : (upper + /** @type {number} */ (sorted[middle - 1])) / 2;
}

/**
 * What one contestant took in each round it took part in.
 *
 * @param {readonly Round[]} rounds
 * @param {string} name
 * @returns {number[]}
 */
export function times(rounds, name) {
  return rounds.flatMap(({ ms }) => ms.get(name) ?? []);
}

/**
 * How far apart the middle half of the runs lies, as a share of their median: 0.1 means that they differ by a tenth. Not a
 * number for a single run.
 *
 * @param {readonly number[]} numbers
 */
export function spread(numbers) {
  if (numbers.length < 2) return NaN;
  const sorted = [...numbers].sort((a, b) => a - b);
  const skipped = sorted.length >> 2;
  const lowest = /** @type {number} */ (sorted[skipped]);
  const highest = /** @type {number} */ (sorted[sorted.length - 1 - skipped]);
  return (highest - lowest) / median(sorted);
}

/**
 * How many times as long `slower` took as `quicker`: the median of the rounds' own ratios.
 *
 * @param {readonly Round[]} rounds
 * @param {string} slower
 * @param {string} quicker
 */
export function ratio(rounds, slower, quicker) {
  return median(
    rounds.flatMap(({ ms }) => {
      const [a, b] = [ms.get(slower), ms.get(quicker)];
      return a === undefined || b === undefined ? [] : a / b;
    }),
  );
}
