// How long until the first result, in a process that has done nothing yet?
//
//   npm run bench:start -- [--check] [--save] [--rounds n]

import { alone } from '../harness/alone.mjs';
import { barsOf } from '../harness/bars.mjs';
import { factor, milliseconds, percent } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { median, ratio, spread, times } from '../harness/statistics.mjs';

/** @import { Kind } from '../harness/interleave.mjs' */

/** @typedef {{ importMs: number, resultMs: number }} Start */

const ours = 'rxjs-background';
const piscina = 'piscina';

/** @type {{ name: string, kind?: Kind, pool: string }[]} */
const libraries = [
  { name: ours, kind: 'ours', pool: 'background' },
  { name: piscina, pool: 'piscina' },
  { name: 'tinypool', pool: 'tinypool' },
  { name: 'poolifier', pool: 'poolifier' },
  { name: 'workerpool', pool: 'workerpool' },
  { name: 'threads.js', pool: 'threads-js' },
  { name: 'new Worker', kind: 'reference', pool: 'raw' },
];

const report = new Report(
  'start',
  'A pool of one thread in a new process: from making it to its first result, the task being to add 1; and, before ' +
    'that, importing the library. “÷ piscina” is the median of the rounds’ own ratios.',
  ['rxjs', 'piscina', 'tinypool', 'poolifier', 'workerpool', 'threads'],
);

/** @type {Map<string, number[]>} */
const imports = new Map(libraries.map(({ name }) => [name, []]));
const contestants = libraries.map(({ name, pool }) => ({
  name,
  run: async () => {
    /** @type {Start} */
    const { importMs, resultMs } = await alone(new URL('first-result.mjs', import.meta.url), [pool]);
    imports.get(name)?.push(importMs);
    return { ms: resultMs };
  },
}));
const rounds = await interleave(contestants, undefined, report.rounds({ rounds: 15, limitMs: 30_000 }));

/** @param {string} name */
const results = (name) => times(rounds, name);
report.table(
  `Medians of ${String(rounds.length)} processes each`,
  ['', 'import', 'pool → first result', '÷ piscina', 'spread'],
  libraries.map(({ name }) => [
    name,
    milliseconds(median(imports.get(name) ?? [])),
    milliseconds(median(results(name))),
    factor(ratio(rounds, name, piscina)),
    percent(spread(results(name))),
  ]),
);
report.bars({
  title: 'From making a pool to its first result, in ms',
  better: 'less is better',
  bars: barsOf(libraries, results, milliseconds),
});
const overPiscina = ratio(rounds, ours, piscina);
report.goals([{ goal: 'at most 1.2 × as long as piscina', met: overPiscina <= 1.2, measured: factor(overPiscina) }]);
report.end();
