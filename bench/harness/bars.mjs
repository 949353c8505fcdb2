import { median, middleHalf } from './statistics.mjs';

/** @import { Bar } from './chart.mjs' */
/** @import { Kind } from './interleave.mjs' */

/**
 * The median of some figures, and their middle half.
 *
 * @param {{ name: string, kind?: Kind }} contestant
 * @param {readonly number[]} figures
 * @param {(figure: number) => string} text
 * @returns {Bar}
 */
export function bar({ name, kind = 'peer' }, figures, text) {
  const value = median(figures);
  return { name, kind, value, text: text(value), ...middleHalf(figures) };
}

/**
 * A bar for each contestant that was measured.
 *
 * @param {readonly { name: string, kind?: Kind }[]} contestants
 * @param {(name: string) => readonly number[]} figuresOf
 * @param {(figure: number) => string} text
 * @returns {Bar[]}
 */
export function barsOf(contestants, figuresOf, text) {
  return contestants.flatMap((contestant) => {
    const figures = figuresOf(contestant.name);
    return figures.length === 0 ? [] : bar(contestant, figures, text);
  });
}
