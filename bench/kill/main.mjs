// A task runs in an endless loop on the only thread there is, and is aborted. How long until its caller knows, and how
// long until the next task, given right then, is done?
//
//   npm run bench:kill -- [--check] [--save] [--rounds n]

import { setTimeout as pause } from 'node:timers/promises';
import { factor } from '../harness/figures.mjs';
import { Report } from '../harness/report.mjs';
import { median, spread } from '../harness/statistics.mjs';
import { contestants, names } from './contestants.mjs';

/** @typedef {{ rejectedMs: number, nextMs: number }} Kill */

const goalMs = 10;
// The next task of one pool takes two seconds after a kill; its rounds are fewer.
const slow = 'workerpool';

const report = new Report('kill', 'A task in an endless loop is aborted: what does that cost?', [
  'piscina',
  'tinypool',
  'workerpool',
]);
const { rounds } = report.rounds({ rounds: 30, limitMs: Infinity });

const pools = contestants.map(({ name, open }) => ({ name, pool: open(), kills: /** @type {Kill[]} */ ([]) }));
for (const { pool } of pools) await pool.increment(1);
for (let round = 0; round < rounds; round++) {
  const shift = round % pools.length;
  for (const { name, pool, kills } of [...pools.slice(shift), ...pools.slice(0, shift)]) {
    if (name === slow && round >= 5) continue;
    kills.push(await kill(pool));
    // Whatever stands by has time to start again.
    await pause(80);
  }
}
await Promise.all(pools.map(({ pool }) => pool.close()));

report.table(
  'Medians in ms',
  ['', 'abort → rejected', 'abort → next task done', 'spread', 'rounds'],
  pools.map(({ name, kills }) => [
    name,
    median(kills.map(({ rejectedMs }) => rejectedMs)).toFixed(2),
    median(nextOf(kills)).toFixed(1),
    `${(100 * spread(nextOf(kills))).toFixed(0)} %`,
    String(kills.length),
  ]),
);
const spareMs = median(nextOf(killsOf(names.spare)));
const against = ratio(names.ours, names.piscina);
report.goals([
  {
    goal: `with spareThreads 1, the next task is done within ${String(goalMs)} ms`,
    met: spareMs <= goalMs,
    measured: `${spareMs.toFixed(1)} ms, ${factor(ratio(names.spare, names.warm))} piscina's with a warm idle thread`,
  },
  { goal: 'without, it takes no longer than with piscina', met: against <= 1, measured: factor(against) },
]);
report.end();

/**
 * @param {import('./contestants.mjs').Pool} pool
 * @returns {Promise<Kill>}
 */
async function kill(pool) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const { ended, abort } = pool.spin(gate);
  const rejected = ended.then(
    () => Promise.reject(new Error('an endless task ended')),
    () => performance.now(),
  );
  while (Atomics.load(gate, 0) === 0) await pause(1);
  const begin = performance.now();
  abort();
  const next = pool.increment(41).then((result) => {
    if (result !== 42) throw new Error(`the next task gave ${String(result)}`);
    return performance.now();
  });
  return { rejectedMs: (await rejected) - begin, nextMs: (await next) - begin };
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
