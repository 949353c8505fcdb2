// How close does fetching ahead come to the ideal, and how far ahead does it go when the consumer is slower?
//
//   npm run bench:overlap -- [--check] [--save] [--rounds n]

import { barsOf } from '../harness/bars.mjs';
import { percent } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { median, spread, times } from '../harness/statistics.mjs';
import { byHand, contestants, ours } from './contestants.mjs';
import { Journal } from './journal.mjs';

const even = { items: 20, fetchMs: 20, processMs: 20 };
const slowConsumer = { items: 60, fetchMs: 1, processMs: 10 };

const report = new Report(
  'overlap',
  'Twenty fetches of 20 ms and twenty processings of 20 ms, the next item fetched while one is processed: what that takes, ' +
    'over the ideal of 420 ms. And how many items are fetched ahead at most, there and with sixty fetches of 1 ms before ' +
    'processings of 10 ms.',
  ['rxjs', 'p-map', 'streaming-iterables', 'effect'],
);

/** @type {Map<string, number>} */
const aheadOfSlow = new Map();
/** @type {Map<string, number>} */
const aheadOfEven = new Map();

await interleave(noting(aheadOfSlow), slowConsumer, { rounds: 1, limitMs: 0 });
const rounds = await interleave(noting(aheadOfEven), even, report.rounds({ rounds: 7, limitMs: 40_000 }));

const { idealMs } = new Journal(even);
const rows = contestants.map(({ name }) => {
  const ms = times(rounds, name);
  return [
    name,
    `${median(ms).toFixed(1)} ms`,
    overIdeal(name).toFixed(3),
    percent(spread(ms)),
    String(aheadOfEven.get(name)),
    ofSixty(aheadOfSlow.get(name) ?? 0),
  ];
});
report.table(
  `20 × 20 ms beside 20 × 20 ms, ${String(rounds.length)} rounds`,
  ['', 'median', '÷ ideal', 'spread', 'ahead', 'ahead of a slow consumer'],
  rows,
);
report.bars({
  title: '20 × 20 ms beside 20 × 20 ms: time taken ÷ the ideal',
  better: 'less is better',
  bars: barsOf(
    contestants,
    (name) => times(rounds, name).map((ms) => ms / idealMs),
    (share) => share.toFixed(3),
  ),
});
report.goals([
  {
    goal: 'ours takes at most 1.03 of the ideal',
    met: overIdeal(ours) <= 1.03,
    measured: `${overIdeal(ours).toFixed(3)} (by hand, without any library: ${overIdeal(byHand).toFixed(3)})`,
  },
  {
    goal: 'ours fetches at most one item ahead',
    met: aheadOfEven.get(ours) === 1 && aheadOfSlow.get(ours) === 1,
    measured: `${String(aheadOfEven.get(ours))} and ${String(aheadOfSlow.get(ours))}`,
  },
]);
report.end();

/** @param {string} name */
function overIdeal(name) {
  return median(times(rounds, name)) / idealMs;
}

/** @param {number} ahead */
function ofSixty(ahead) {
  return ahead > slowConsumer.items / 2 ? `${String(ahead)}: unbounded` : String(ahead);
}

/**
 * The contestants, each run with a journal of its own, whose findings go to `ahead`.
 *
 * @param {Map<string, number>} ahead
 */
function noting(ahead) {
  return contestants.map(({ name, run }) => ({
    name,
    run: async (/** @type {typeof even} */ plan) => {
      const journal = new Journal(plan);
      await run(journal);
      journal.close();
      ahead.set(name, Math.max(ahead.get(name) ?? 0, journal.ahead));
    },
  }));
}
