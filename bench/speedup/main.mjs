// What do two threads gain, for tasks that take nothing and for tasks that take milliseconds?
//
//   npm run bench:speedup -- [--check] [--save] [--rounds n]

import { apart } from '../harness/apart.mjs';
import { bar } from '../harness/bars.mjs';
import { factor, percent } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { sized } from '../harness/sized.mjs';
import { median, ratio, ratios, spread } from '../harness/statistics.mjs';
import * as contest from './contestants.mjs';
import { workloads } from './workloads.mjs';

/** @import { Bar } from '../harness/chart.mjs' */
/** @import { Contestant, Round } from '../harness/interleave.mjs' */
/** @import { Workload } from './workloads.mjs' */

const { fixedNames, names } = contest;

const report = new Report(
  'speedup',
  'Tasks that keep a processor busy for so long, on two threads, results in order: how many times as fast as calling the ' +
    'function here in a loop. Each contestant has a process of its own; one for which all tasks would take too long gets ' +
    'fewer, and its time is for one task. All figures are medians of the rounds’ own ratios; “spread” is how far the ' +
    'middle half of them lies apart.',
  ['rxjs', 'piscina'],
);

const goals = [];
/** @type {Bar[]} */
const gainBars = [];
/** @type {Bar[]} */
const overBestBars = [];
const everybody = apart(new URL('contestants.mjs', import.meta.url), contest);
for (const workload of workloads()) {
  const { name, goal } = workload;
  const playing = await given(workload);
  const rounds = await interleave(playing, undefined, report.rounds({ rounds: workload.rounds, limitMs: 25_000 }));
  tell(name, playing, rounds);
  const gain = ratio(rounds, names.alone, names.ours);
  const [best, overBest] = bestFixed(rounds);
  gainBars.push(
    bar({ name, kind: 'ours' }, ratios(rounds, names.alone, names.ours), factor),
    bar({ name: 'by hand', kind: 'reference' }, ratios(rounds, names.alone, names.byHand), factor),
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
report.bars(
  { title: 'Two threads: × one thread', better: 'more is better', bars: gainBars },
  { title: 'Time taken ÷ that of the best fixed chunk size', better: 'less is better', bars: overBestBars },
);
report.goals(goals);
report.end();

/**
 * The contestants and as many of these tasks as each of them is to do.
 *
 * @param {Workload} workload
 */
function given({ work, workMs, warmUpMs }) {
  const contestants = everybody.map(({ name, kind = 'peer', run }) => ({
    name,
    kind,
    run: (/** @type {number} */ tasks) => run({ ...work, tasks }),
  }));
  // Some tens of milliseconds for one thread.
  const first = Math.ceil(Math.min(1000, 30_000 / work.averageUs));
  return sized(contestants, { workMs, warmUpMs, most: work.tasks, first });
}

/**
 * @param {string} name
 * @param {Contestant<void>[]} contestants
 * @param {Round[]} rounds
 */
function tell(name, contestants, rounds) {
  /** @param {string} contestant */
  const gains = (contestant) => ratios(rounds, names.alone, contestant);
  report.table(
    `Tasks of ${name}, ${String(rounds.length)} rounds`,
    ['', '× one thread', 'spread', '÷ backgroundMap', 'tasks'],
    contestants.map((contestant) => [
      contestant.name,
      factor(median(gains(contestant.name))),
      percent(spread(gains(contestant.name))),
      factor(ratio(rounds, contestant.name, names.ours)),
      String(contestant.units),
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
