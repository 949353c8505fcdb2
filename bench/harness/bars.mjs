import { median, middleHalf } from './statistics.mjs';

/** @import { Bar } from './chart.mjs' */
/** @import { Kind } from './interleave.mjs' */

/**
 * A bar for each contestant that was measured: the median of its figures, and their middle half.
 *
 * @param {readonly { name: string, kind?: Kind }[]} contestants
 * @param {(name: string) => readonly number[]} figuresOf
 * @param {(figure: number) => string} text
 * @returns {Bar[]}
 */
export function barsOf(contestants, figuresOf, text) {
  return contestants.flatMap(({ name, kind = 'peer' }) => {
    const figures = figuresOf(name);
    if (figures.length === 0) return [];
    const value = median(figures);
    return [{ name, kind, value, text: text(value), ...middleHalf(figures) }];
  });
}
