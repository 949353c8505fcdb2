// How long does one value take, when there is nothing else to do, and in a stream that brings one now and then?
//
//   npm run bench:latency -- [--check] [--save] [--rounds n]

import { barsOf } from '../harness/bars.mjs';
import { factor } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { median, percentile, ratio, times } from '../harness/statistics.mjs';
import { close, names, singly, trickling } from './contestants.mjs';

/** @import { Round } from '../harness/interleave.mjs' */
/** @import { Contestant } from './contestants.mjs' */

const report = new Report(
  'latency',
  'From giving one value, to a task that adds 1 on one of two idle threads, to having its result: the median and the 95th ' +
    'percentile, in microseconds. “÷ piscina run” is the median of the rounds’ own ratios.',
  ['rxjs', 'piscina', 'tinypool'],
);
/** Between two values, whoever gets them: every pool gets one in about 10 ms. */
const settleMs = 2;
const settings = { ...report.rounds({ rounds: 600, limitMs: 15_000 }), settleMs };

const single = await measured('One value through an idle pool', singly);
const trickle = await measured('One value in 10 ms, in a stream that stays open', trickling);
await close();

report.goals([
  goal('one value through an idle pool, by a call of a task, takes no longer than piscina run', single, names.call, 1),
  goal('nor through an operator that stands', single, names.standing, 1),
  goal('nor where the operator is made for the one value', single, names.single, 1),
  goal('a trickle is not held back: at most 1.1 × piscina run', trickle, names.open, 1.1),
]);
report.end();

/**
 * @param {string} title
 * @param {Contestant[]} contestants
 */
async function measured(title, contestants) {
  const playing = contestants.map(({ name, call }) => ({ name, run: () => latency(call) }));
  // Until the code is compiled that a process compiles which goes on for long.
  for (const { run } of playing) for (let i = 0; i < 3000; i++) await run();
  const rounds = await interleave(playing, undefined, settings);
  /** @param {string} name */
  const latencies = (name) => times(rounds, name).map((ms) => 1000 * ms);
  report.table(
    `${title}, ${String(rounds.length)} rounds`,
    ['', 'median', '95 %', '÷ piscina run'],
    contestants.map(({ name }) => [
      name,
      microseconds(median(latencies(name))),
      microseconds(percentile(latencies(name), 0.95)),
      factor(ratio(rounds, name, names.piscina)),
    ]),
  );
  report.bars({ title, better: 'less is better', bars: barsOf(contestants, latencies, microseconds) });
  return rounds;
}

/** @param {(x: number) => Promise<number>} call */
async function latency(call) {
  const began = performance.now();
  const result = await call(41);
  const took = performance.now() - began;
  if (result !== 42) throw new Error(`41 came to ${String(result)}`);
  return { ms: took };
}

/**
 * @param {string} text
 * @param {Round[]} rounds
 * @param {string} name
 * @param {number} most
 */
function goal(text, rounds, name, most) {
  const measured = ratio(rounds, name, names.piscina);
  return { goal: text, met: measured <= most, measured: factor(measured) };
}

/** @param {number} us */
function microseconds(us) {
  return `${us.toFixed(0)} µs`;
}
