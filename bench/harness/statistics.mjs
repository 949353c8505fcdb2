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
 * The same rounds by what they took of the processors: for work that never waits, however busy the machine is with other
 * things.
 *
 * @param {readonly Round[]} rounds
 * @returns {Round[]}
 */
export function inProcessorTime(rounds) {
  return rounds.map(({ processorMs }) => ({ ms: processorMs, processorMs }));
}

/**
 * The value that so large a share of the numbers does not exceed.
 *
 * @param {readonly number[]} numbers at least one
 * @param {number} share 0.95 for the 95th percentile
 */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return /** @type {number} */ (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
}

/**
 * Between what the middle half of the numbers lies.
 *
 * @param {readonly number[]} numbers at least one
 */
export function middleHalf(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const skipped = sorted.length >> 2;
  return {
    low: /** @type {number} */ (sorted[skipped]),
    high: /** @type {number} */ (sorted[sorted.length - 1 - skipped]),
  };
}

/**
 * How far apart the middle half of the runs lies, as a share of their median: 0.1 means that they differ by a tenth. Not a
 * number for a single run.
 *
 * @param {readonly number[]} numbers
 */
export function spread(numbers) {
  if (numbers.length < 2) return NaN;
  const { low, high } = middleHalf(numbers);
  return (high - low) / median(numbers);
}

/**
 * How many times as long `slower` took as `quicker` in each round.
 *
 * @param {readonly Round[]} rounds
 * @param {string} slower
 * @param {string} quicker
 */
export function ratios(rounds, slower, quicker) {
  return rounds.flatMap(({ ms }) => {
    const [a, b] = [ms.get(slower), ms.get(quicker)];
    return a === undefined || b === undefined ? [] : a / b;
  });
}

/**
 * How many times as long `slower` took as `quicker`: the median of the rounds' own ratios.
 *
 * @param {readonly Round[]} rounds
 * @param {string} slower
 * @param {string} quicker
 */
export function ratio(rounds, slower, quicker) {
  return median(ratios(rounds, slower, quicker));
}
