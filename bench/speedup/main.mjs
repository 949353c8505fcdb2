// What do two threads gain, for tasks that take nothing and for tasks that take milliseconds?
//
//   npm run bench:speedup -- [--check] [--save] [--rounds n]

import { bar } from '../harness/bars.mjs';
import { factor, percent } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { median, ratio, ratios, spread } from '../harness/statistics.mjs';
import { byHand, close, contestantsFor, fixedNames, names } from './contestants.mjs';
import { workloads } from './workloads.mjs';

/** @import { Bar } from '../harness/chart.mjs' */
/** @import { Round } from '../harness/interleave.mjs' */

const report = new Report(
  'speedup',
  'Tasks that keep a processor busy for so long, on two threads, results in order: how many times as fast as calling the ' +
    'function here in a loop. All figures are medians of the rounds’ own ratios; “spread” is how far the middle half of ' +
    'them lies apart.',
  ['rxjs', 'piscina'],
);

const goals = [];
/** @type {Bar[]} */
const gainBars = [];
/** @type {Bar[]} */
const overBestBars = [];
for (const workload of workloads()) {
  const { name, turns, goal } = workload;
  const contestants = contestantsFor(workload);
  await interleave(contestants, undefined, { rounds: 1, limitMs: 0 });
  const rounds = await interleave(contestants, undefined, report.rounds({ rounds: 7, limitMs: 9000 }));
  tell(name, turns.length, contestants, rounds);
  const gain = ratio(rounds, names.alone, names.ours);
  const [best, overBest] = bestFixed(rounds);
  gainBars.push(
    bar({ name, kind: 'ours' }, ratios(rounds, names.alone, names.ours), factor),
    bar({ name: 'by hand', kind: 'reference' }, ratios(rounds, names.alone, byHand(workload)), factor),
  );
  overBestBars.push(bar({ name: `${name}: ${best}`, kind: 'ours' }, ratios(rounds, names.ours, best), factor));
  if (goal !== undefined) {
    goals.push({ goal: `${name}: at least ${String(goal)} × one thread`, met: gain >= goal, measured: factor(gain) });
  }
  goals.push({
    goal: `${name}: at most 1.1 × as long as with the best fixed chunk size`,
    met: overBest <= 1.1,
    measured: `${factor(overBest)} (${best})`,
  });
}
await close();
report.bars(
  { title: 'Two threads: × one thread', better: 'more is better', bars: gainBars },
  { title: 'Time taken ÷ that of the best fixed chunk size', better: 'less is better', bars: overBestBars },
);
report.goals(goals);
report.end();

/**
 * @param {string} name
 * @param {number} tasks
 * @param {ReturnType<typeof contestantsFor>} contestants
 * @param {Round[]} rounds
 */
function tell(name, tasks, contestants, rounds) {
  /** @param {string} contestant */
  const gains = (contestant) => ratios(rounds, names.alone, contestant);
  report.table(
    `Tasks of ${name}: ${String(tasks)} of them, ${String(rounds.length)} rounds`,
    ['', '× one thread', 'spread', '÷ backgroundMap'],
    contestants.map((contestant) => [
      contestant.name,
      factor(median(gains(contestant.name))),
      percent(spread(gains(contestant.name))),
      factor(ratio(rounds, contestant.name, names.ours)),
    ]),
  );
}

/**
 * The fixed chunk size that did best, and how many times as long as with it ours took.
 *
 * @param {Round[]} rounds
 * @returns {[string, number]}
 */
function bestFixed(rounds) {
  /** @type {[string, number][]} */
  const all = fixedNames.map((fixed) => [fixed, ratio(rounds, names.ours, fixed)]);
  return all.reduce((best, one) => (one[1] > best[1] ? one : best));
}
