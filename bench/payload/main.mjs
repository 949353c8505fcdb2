// What does it cost to take a megabyte to a worker and back, or numbers in batches?
//
//   npm run bench:payload -- [--check] [--save] [--rounds n]

import { apart } from '../harness/apart.mjs';
import { barsOf } from '../harness/bars.mjs';
import { factor, percent, rate } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { sized } from '../harness/sized.mjs';
import { median, ratio, spread, times } from '../harness/statistics.mjs';
import * as contest from './contestants.mjs';

/** @import { Round } from '../harness/interleave.mjs' */
/** @import { Given } from './contestants.mjs' */

/**
 * @typedef {object} Unit of a rate
 * @property {string} name
 * @property {number} perRun how many of it one of what is counted stands for
 * @property {(perSecond: number) => string} text
 */

const { forms, nameOf, ways } = contest;
const [ours, piscina] = ['backgroundMap', 'piscina'];

const report = new Report(
  'payload',
  'Bytes to the one worker thread there is and back, a task that writes one of them between; and batches of numbers, which ' +
    'it doubles. Each contestant has a process of its own. “÷ piscina” compares with piscina in the same way, as the median of ' +
    'the rounds’ own ratios.',
  ['rxjs', 'piscina'],
);
const settings = report.rounds({ rounds: 7, limitMs: 12_000 });
const everybody = apart(new URL('contestants.mjs', import.meta.url), contest);

/** @type {Map<number, Round[]>} */
const bytesPlayed = new Map();
for (const [bytes, title] of /** @type {const} */ ([
  [16 * 1024, '16 KB'],
  [64 * 1024, '64 KB'],
  [1024 * 1024, '1 MB'],
])) {
  bytesPlayed.set(
    bytes,
    await measured(`${title} there and back`, { of: 'bytes', size: bytes }, Object.values(ways), {
      name: 'MB/s',
      perRun: bytes / 1e6,
      text: (megabytes) => megabytes.toFixed(0),
    }),
  );
}
/** @type {Unit} */
const numbers = { name: 'numbers/s', perRun: 1, text: rate };
/** @type {Map<number, Round[]>} */
const numbersPlayed = new Map();
for (const size of [64, 1024]) {
  const title = `Numbers, ${String(size)} at once, there and back`;
  numbersPlayed.set(size, await measured(title, { of: 'numbers', size }, Object.values(forms), numbers));
}

const large = bytesPlayed.get(1024 * 1024) ?? [];
const batches = numbersPlayed.get(1024) ?? [];
const moving = ratio(large, nameOf(ours, ways.cloned), nameOf(ours, ways.recycled));
const copying = ratio(large, nameOf(ours, ways.cloned), nameOf(piscina, ways.cloned));
const typed = ratio(batches, nameOf(ours, forms.array), nameOf(ours, forms.typed));
report.goals([
  { goal: '1 MB, copied: at most 1.1 × as long as with piscina', met: copying <= 1.1, measured: factor(copying) },
  { goal: '1 MB, moved and used again: at least 2 × as fast as copied', met: moving >= 2, measured: factor(moving) },
  {
    goal: '1024 numbers at once, copied: as a Float64Array at least 2 × as fast as an array',
    met: typed >= 2,
    measured: factor(typed),
  },
]);
report.end();

/**
 * @param {string} title
 * @param {Omit<Given, 'n'>} what
 * @param {string[]} all ways in which each library is measured
 * @param {Unit} unit
 */
async function measured(title, what, all, unit) {
  const contestants = everybody
    .filter(({ takesPart }) => takesPart?.({ ...what, n: 0 }))
    .map(({ name, kind = 'peer', run }) => ({ name, kind, run: (/** @type {number} */ n) => run({ ...what, n }) }));
  const playing = await sized(contestants, { workMs: 150, warmUpMs: 150, most: 4_000_000 });
  const rounds = await interleave(playing, undefined, settings);
  /** @param {string} name */
  const rates = (name) => times(rounds, name).map((ms) => (1000 * unit.perRun) / ms);
  report.table(
    `${title}, ${String(rounds.length)} rounds`,
    ['', unit.name, '÷ piscina', 'spread'],
    [ours, piscina].flatMap((library) =>
      all.map((way) => {
        const name = nameOf(library, way);
        return [
          name,
          unit.text(median(rates(name))),
          factor(ratio(rounds, nameOf(piscina, way), name)),
          percent(spread(rates(name))),
        ];
      }),
    ),
  );
  report.bars({
    title: `${title}: ${unit.name}`,
    better: 'more is better',
    bars: barsOf(contestants, rates, unit.text),
  });
  return rounds;
}
