// What does a concurrency that tunes itself bring, compared with every fixed one, where the service saturates, and where
// that changes?
//
//   npm run bench:auto -- [--check] [--save] [--rounds n]

import { asyncMap, fromPull } from 'rxjs-background';
import { percent } from '../harness/figures.mjs';
import { Report } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';
import { trial } from './trial.mjs';

/** @import { Plan } from './service.mjs' */

const fixed = [1, 2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 44, 48, 64];
const servers = [10, 40, 10];
const phaseMs = 60_000;

const report = new Report(
  'auto',
  `A simulated service in virtual time: calls of 100 ms, ${servers.join(', then ')} at once, a minute each. What succeeded in the ` +
    "second half of each minute with `concurrency: 'auto'`, of what the best fixed concurrency of that half brings: the median of " +
    'several seeds, and the least. “All” is the whole of the three minutes, with the finding in it, over the best fixed ' +
    'concurrency for the whole. How busy the machine is makes no difference to it.',
  ['rxjs'],
);
const { rounds: seeds } = report.rounds({ rounds: 3, limitMs: Infinity });

/** The end of each half of each phase. */
const marks = servers.flatMap((_, i) => [(i + 0.5) * phaseMs, (i + 1) * phaseMs]);

/** @type {{ name: string, plan: Plan }[]} */
const scenarios = /** @type {const} */ (['wait', 'slower', 'refused']).flatMap((beyond) =>
  /** @type {const} */ (['steady', 'uneven', 'wild']).map((noise) => ({
    name: `${{ wait: 'the rest waits', slower: 'all become slower', refused: 'the rest is refused' }[beyond]}, ${noise}`,
    plan: { servers: (now) => servers[Math.min(Math.floor(now / phaseMs), servers.length - 1)] ?? 1, noise, beyond },
  })),
);

/** @type {Record<'steady' | 'uneven' | 'wild', number[]>} */
const medians = { steady: [], uneven: [], wild: [] };
const rows = scenarios.map(({ name, plan }) => {
  const all = fixed.map((concurrency) => trial({ asyncMap, fromPull }, plan, concurrency, 1, marks));
  const best = marks.map((_, i) => Math.max(...all.map((halves) => halves[i] ?? 0)));
  const bestForAll = Math.max(...all.map(sum));
  const tuned = Array.from({ length: seeds }, (_, i) => trial({ asyncMap, fromPull }, plan, 'auto', i + 1, marks));
  const shares = [1, 3, 5].map((half) => tuned.map((halves) => (halves[half] ?? 0) / (best[half] ?? 1)));
  const ofAll = tuned.map((halves) => sum(halves) / bestForAll);
  medians[plan.noise ?? 'steady'].push(...shares.map(median));
  return [name, ...[...shares, ofAll].map((share) => `${percent(median(share))} (${percent(Math.min(...share))})`)];
});
report.table(
  `The best of ${String(fixed.length)} fixed settings is 100 %, ${String(seeds)} seeds`,
  ['beyond what it serves at once', ...servers.map(String), 'all'],
  rows,
);
report.goals(
  /** @type {const} */ ([
    ['steady', 0.95],
    ['uneven', 0.95],
    ['wild', 0.9],
  ]).map(([noise, least]) => {
    const share = sum(medians[noise]) / medians[noise].length;
    return {
      goal: `${noise} times: at least ${percent(least)} of the best fixed setting, on average`,
      met: share >= least,
      measured: `${percent(share)} (the least median: ${percent(Math.min(...medians[noise]))})`,
    };
  }),
);
report.end();

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
