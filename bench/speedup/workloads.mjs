import { work } from '../workers/tasks.mjs';

/**
 * @typedef {object} Work
 * @property {{ share: number, turns: number }[]} parts one after the other: which share of the tasks goes round its loop how
 *   often
 * @property {number} tasks
 * @property {number} averageUs what a task takes, about
 */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {Work} work with all tasks that there are
 * @property {number} workMs who takes more of the processors for them all gets fewer
 * @property {number} warmUpMs how much of them is used before the first round
 * @property {number} rounds
 * @property {number} [goal] at least so many times as fast as one thread
 */

/**
 * Tasks of about 0, 1 µs, ... and of 1 µs first and 1 ms later, and the other way round: by turns of a loop, how many of
 * which go into a microsecond is found out now, since that is the machine's affair. The longer a task is, the more of the
 * work there is, so that it does not matter that one thread is idle while the other does the last one.
 *
 * @returns {Workload[]}
 */
export function workloads() {
  const perUs = turnsPerUs();
  const turns = (/** @type {number} */ us) => Math.round(us * perUs);
  /**
   * @param {number} us
   * @param {number} tasks
   * @returns {Work}
   */
  const even = (us, tasks) => ({ parts: [{ share: 1, turns: turns(us) }], tasks, averageUs: us });
  const [cheap, dear] = [30_000, 240];
  const all = cheap + dear;
  const cheapPart = { share: cheap / all, turns: turns(1) };
  const dearPart = { share: dear / all, turns: turns(1000) };
  const mixed = { tasks: all, averageUs: (cheap + 1000 * dear) / all };
  const quick = { workMs: 300, warmUpMs: 1000, rounds: 7 };
  const both = { workMs: 600, warmUpMs: 300, rounds: 7 };
  const slow = { workMs: 2000, warmUpMs: 300, rounds: 5 };
  return [
    { name: '0 µs', work: even(0, 4_000_000), ...quick },
    { name: '1 µs', work: even(1, 250_000), ...quick, goal: 1.2 },
    { name: '10 µs', work: even(10, 50_000), workMs: 400, warmUpMs: 400, rounds: 7, goal: 1.6 },
    { name: '100 µs', work: even(100, 6000), ...slow, goal: 1.85 },
    { name: '1 ms', work: even(1000, 1000), ...slow, goal: 1.9 },
    { name: '5 ms', work: even(5000, 200), ...slow, goal: 1.9 },
    { name: '1 µs, then 1 ms', work: { parts: [cheapPart, dearPart], ...mixed }, ...both },
    { name: '1 ms, then 1 µs', work: { parts: [dearPart, cheapPart], ...mixed }, ...both },
  ];
}

/** The quickest of many tries: whatever else the machine does makes it slower. */
function turnsPerUs() {
  const turns = 200_000;
  let fastestUs = Infinity;
  for (let i = 0; i < 100; i++) {
    const began = performance.now();
    work(turns + (i % 2));
    fastestUs = Math.min(fastestUs, 1000 * (performance.now() - began));
  }
  return turns / fastestUs;
}
