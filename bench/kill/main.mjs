// A task runs in an endless loop on the only thread there is, and is aborted. How long until its caller knows, and how
// long until the next task, given right then, is done?
//
//   npm run bench:kill -- [--check] [--save] [--rounds n]

import { setTimeout as pause } from 'node:timers/promises';
import { barsOf } from '../harness/bars.mjs';
import { factor, milliseconds, percent } from '../harness/figures.mjs';
import { Report } from '../harness/report.mjs';
import { median, spread } from '../harness/statistics.mjs';
import { contestants, names } from './contestants.mjs';

/** @import { Pool } from '../pools/pool.mjs' */

/** @typedef {{ rejectedMs: number, nextMs: number }} Kill Infinity for what does not happen */

const goalMs = 10;
/** What has not happened by then is taken for not happening. */
const limitMs = 4000;

const report = new Report(
  'kill',
  'A task in an endless loop is aborted: what does that cost? A new thread loads the task module again: `tasks.mjs`, an ES ' +
    'module, where it is not named, or `tasks.cjs`, the same as CommonJS.',
  ['piscina', 'tinypool', 'workerpool', 'poolifier'],
);
const settings = report.rounds({ rounds: 25, limitMs: 25_000 });

const pools = contestants.map(({ open, ...contestant }) => ({
  most: Infinity,
  last: false,
  ...contestant,
  pool: open(),
  kills: /** @type {Kill[]} */ ([]),
}));
for (const { pool } of pools) await pool.increment(1);
const start = performance.now();
const inTurn = pools.filter(({ last }) => !last);
for (let round = 0; round < settings.rounds && performance.now() - start < settings.limitMs; round++) {
  const shift = round % inTurn.length;
  for (const one of [...inTurn.slice(shift), ...inTurn.slice(0, shift)]) await play(one);
}
for (const one of pools.filter(({ last }) => last)) await play(one);
await Promise.all(pools.map(({ pool }) => pool.close()));

report.table(
  'Medians',
  ['', 'abort → rejected', 'abort → next task done', 'spread', 'rounds'],
  pools.map(({ name, kills }) => [
    name,
    shown(median(kills.map(({ rejectedMs }) => rejectedMs))),
    shown(median(nextOf(kills))),
    percent(spread(nextOf(kills))),
    String(kills.length),
  ]),
);
report.bars({
  title: 'From an abort to the result of the next task, in ms',
  better: 'less is better',
  logarithmic: true,
  bars: barsOf(
    pools,
    (name) => nextOf(killsOf(name)).map((ms) => Math.min(ms, limitMs)),
    (ms) => shown(ms < limitMs ? ms : Infinity),
  ),
});
const spareMs = median(nextOf(killsOf(names.spare)));
const against = ratio(names.ours, names.piscina);
const againstCommonJs = ratio(names.oursCommonJs, names.piscinaCommonJs);
report.goals([
  {
    goal: `with spareThreads 1, the next task is done within ${String(goalMs)} ms`,
    met: spareMs <= goalMs,
    measured: `${spareMs.toFixed(1)} ms, ${factor(ratio(names.spare, names.warm))} piscina's with a warm idle thread`,
  },
  { goal: 'without, it takes no longer than with piscina', met: against <= 1, measured: factor(against) },
  {
    goal: 'nor where the task module is CommonJS',
    met: againstCommonJs <= 1,
    measured: factor(againstCommonJs),
  },
]);
report.end();

/** @param {typeof pools[number]} contestant */
async function play({ pool, kills, most }) {
  if (kills.length >= most) return;
  kills.push(await kill(pool));
  // Whatever stands by has time to start again.
  await pause(80);
}

/**
 * @param {Pool} pool
 * @returns {Promise<Kill>}
 */
async function kill(pool) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const { ended, abort } = pool.spin(gate);
  const rejected = ended.then(
    () => Promise.reject(new Error('an endless task ended')),
    () => performance.now() - begin,
  );
  while (Atomics.load(gate, 0) === 0) await pause(1);
  const begin = performance.now();
  abort();
  const next = pool.increment(41).then((result) => {
    if (result !== 42) throw new Error(`the next task gave ${String(result)}`);
    return performance.now() - begin;
  });
  const never = pause(limitMs, Infinity, { ref: false });
  return { rejectedMs: await Promise.race([rejected, never]), nextMs: await Promise.race([next, never]) };
}

/** @param {number} ms */
function shown(ms) {
  return ms === Infinity ? `not within ${String(limitMs / 1000)} s` : milliseconds(ms);
}

/** @param {readonly Kill[]} kills */
function nextOf(kills) {
  return kills.map(({ nextMs }) => nextMs);
}

/** @param {string} wanted */
function killsOf(wanted) {
  return pools.find(({ name }) => name === wanted)?.kills ?? [];
}

/**
 * The median of the rounds' own ratios.
 *
 * @param {string} one
 * @param {string} other
 */
function ratio(one, other) {
  const others = nextOf(killsOf(other));
  return median(nextOf(killsOf(one)).map((ms, round) => ms / /** @type {number} */ (others[round])));
}
