import { work } from '../workers/tasks.mjs';

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {number} averageUs what a task takes, about
 * @property {number[]} turns how often each task goes round its loop
 * @property {number} [goal] at least so many times as fast as one thread
 */

/**
 * Tasks of about 0, 1 µs, ... and of 1 µs first and 1 ms later, and the other way round: by turns of a loop, how many of
 * which go into a microsecond is found out now, since that is the machine's affair. Each is about a quarter of a second of
 * work for one thread, or more where that would be too few tasks.
 *
 * @returns {Workload[]}
 */
export function workloads() {
  const perUs = turnsPerUs();
  /**
   * @param {number} us
   * @param {number} tasks
   */
  const tasksOf = (us, tasks) => new Array(tasks).fill(Math.round(us * perUs));
  /**
   * @param {string} name
   * @param {number} averageUs
   * @param {number} tasks
   * @param {number} [goal]
   */
  const even = (name, averageUs, tasks, goal) => ({
    name,
    averageUs,
    turns: tasksOf(averageUs, tasks),
    ...(goal === undefined ? {} : { goal }),
  });
  const [cheap, dear] = [tasksOf(1, 30_000), tasksOf(1000, 240)];
  const averageUs = 9;
  return [
    even('0 µs', 0, 500_000),
    even('1 µs', 1, 250_000, 1.2),
    even('10 µs', 10, 25_000, 1.6),
    even('100 µs', 100, 2500, 1.85),
    even('1 ms', 1000, 300, 1.9),
    even('5 ms', 5000, 80, 1.9),
    { name: '1 µs, then 1 ms', averageUs, turns: [...cheap, ...dear] },
    { name: '1 ms, then 1 µs', averageUs, turns: [...dear, ...cheap] },
  ];
}

/** The quickest of many tries: whatever else the machine does makes it slower. */
function turnsPerUs() {
  const turns = 1_000_000;
  let fastestUs = Infinity;
  for (let i = 0; i < 100; i++) {
    const began = performance.now();
    work(turns + (i % 2));
    fastestUs = Math.min(fastestUs, 1000 * (performance.now() - began));
  }
  return turns / fastestUs;
}
