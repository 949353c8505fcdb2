// What does it cost to have a task done elsewhere that takes no time itself?
//
//   npm run bench:tiny -- [--check] [--save] [--rounds n]

import { apart } from '../harness/apart.mjs';
import { barsOf } from '../harness/bars.mjs';
import { factor, percent, rate } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { sized } from '../harness/sized.mjs';
import { inProcessorTime, median, ratio, spread, times } from '../harness/statistics.mjs';
import * as contest from './contestants.mjs';

const { contestants, names, rawGoal } = contest;

const report = new Report(
  'tiny',
  'A task that adds 1, on two threads, its results in order: items per second. Each contestant has a process of its own ' +
    'and gets as many items as take about 0.3 s of the processors, at most two million. “÷ piscina run” is the median of ' +
    'the rounds’ own ratios; “spread” is how far the middle half of the runs lies apart; “processor” is what an item ' +
    'takes of all threads together.',
  ['rxjs', 'piscina', 'tinypool', 'poolifier', 'workerpool', 'threads'],
);

const playing = await sized(apart(new URL('contestants.mjs', import.meta.url), contest), {
  workMs: 300,
  warmUpMs: 1200,
  most: 2_000_000,
});
const rounds = await interleave(playing, undefined, report.rounds({ rounds: 9, limitMs: 40_000 }));

/** @param {string} name */
const rates = (name) => times(rounds, name).map((ms) => 1000 / ms);
report.table(
  `x + 1, ${String(rounds.length)} rounds`,
  ['', 'items/s', '÷ piscina run', 'spread', 'processor', 'items'],
  playing.map(({ name, units = 0 }) => [
    name,
    rate(median(rates(name))),
    factor(ratio(rounds, names.piscina, name)),
    percent(spread(rates(name))),
    `${(1000 * median(times(inProcessorTime(rounds), name))).toFixed(2)} µs`,
    String(units),
  ]),
);
report.bars({
  title: 'x + 1, two threads, in order: items per second',
  better: 'more is better',
  logarithmic: true,
  bars: barsOf(contestants, rates, rate),
});

const overPiscina = ratio(rounds, names.piscina, names.ours);
const overRaw = ratio(rounds, rawGoal, names.ours);
const timed = ratio(rounds, names.ours, names.timed);
report.goals([
  { goal: 'at least 60 × piscina run', met: overPiscina >= 60, measured: factor(overPiscina) },
  { goal: 'at least 0.7 × postMessage with 1024 a message', met: overRaw >= 0.7, measured: factor(overRaw) },
  { goal: 'with timeoutMs at least half as fast as without', met: timed >= 0.5, measured: factor(timed) },
]);
report.end();
