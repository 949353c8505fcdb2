// What does a stream cost per item, on one thread, and does that depend on how many there are?
//
//   npm run bench:streams -- [--check] [--save] [--rounds n]

import { apart } from '../harness/apart.mjs';
import { barsOf } from '../harness/bars.mjs';
import { count, factor, percent, rate } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { inProcessorTime, median, ratio, spread, times } from '../harness/statistics.mjs';
import * as contest from './contestants.mjs';

/** @import { Round } from '../harness/interleave.mjs' */

const { mapping, merging, ours } = contest;

const sizes = [
  { size: 10_000, repeat: 10, rounds: 7, limitMs: 10_000 },
  { size: 100_000, repeat: 1, rounds: 5, limitMs: 12_000 },
  { size: 400_000, repeat: 1, rounds: 1, limitMs: 0 },
  { size: 1_000_000, repeat: 1, rounds: 3, limitMs: 12_000 },
];

const report = new Report(
  'streams',
  'Items per second of processor time through a stage that makes one settled promise of each, in a process of its own; medians of runs in turn. ' +
    '“÷ ours” is what an item costs there over what it costs in the first line, in the same round; “spread” is how far the ' +
    'middle half of the runs lies apart.',
  ['rxjs', 'p-map', 'streaming-iterables', 'effect'],
);

const contestants = apart(new URL('contestants.mjs', import.meta.url), contest);
// Until their code is compiled.
await interleave(contestants, 10_000, { rounds: 1, limitMs: 0, repeat: 30 });

/** @type {Map<number, Round[]>} */
const played = new Map();
for (const { size, ...settings } of sizes) {
  const all = inProcessorTime(await interleave(contestants, size, report.rounds(settings)));
  played.set(size, all);
  const rows = contestants.flatMap(({ name }) => {
    const ms = times(all, name);
    if (ms.length === 0) return [];
    return [
      [name, rate((1000 * size) / median(ms)), factor(ratio(all, name, ours)), percent(spread(ms)), String(ms.length)],
    ];
  });
  report.table(`${count(size)} items`, ['', 'items/s', '÷ ours', 'spread', 'runs'], rows);
  report.bars({
    title: `${count(size)} items: items per second of processor time`,
    better: 'more is better',
    bars: barsOf(contestants, (name) => times(all, name).map((ms) => (1000 * size) / ms), rate),
  });
}

/** @param {number} size */
function roundsOf(size) {
  return played.get(size) ?? [];
}

/** @param {number} size */
function nsPerItem(size) {
  return (1e6 * median(times(roundsOf(size), ours))) / size;
}

const overMerging = ratio(roundsOf(100_000), merging, ours);
const overMapping = ratio(roundsOf(100_000), mapping, ours);
const growth = nsPerItem(1_000_000) / nsPerItem(10_000);
report.goals([
  { goal: '100k items at least 10 × as fast as rxjs mergeMap', met: overMerging >= 10, measured: factor(overMerging) },
  { goal: '100k items at least as fast as p-map pMapIterable', met: overMapping >= 1, measured: factor(overMapping) },
  {
    goal: 'an item of 1M costs at most 1.5 × as much as one of 10k',
    met: growth <= 1.5,
    measured: `${factor(growth)} (${nsPerItem(10_000).toFixed(0)} ns, ${nsPerItem(1_000_000).toFixed(0)} ns)`,
  },
]);
report.end();
