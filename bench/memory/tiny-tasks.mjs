// One contestant, alone in its process: how much more is alive while so many tiny tasks run than when they have begun.
import { setTimeout as pause } from 'node:timers/promises';
import { answer } from '../harness/answer.mjs';
import { ofTinyTasks } from './contestants.mjs';
import { alive } from './heap.mjs';

const [wanted, items] = [process.argv[2], Number(process.argv[3])];
const warm = 10_000;
const looks = 20;

const contestant = ofTinyTasks.find(({ name }) => name === wanted);
// Code is compiled, and the modules of workers are loaded.
await contestant?.run(numbers(warm), () => undefined);

// What the first run has left, such as threads that end, goes.
await pause(100);
const before = alive();
let grownMb = -Infinity;
let passed = 0;
const began = performance.now();
await contestant?.run(numbers(items), () => {
  if (++passed % (items / looks) === 0) grownMb = Math.max(grownMb, alive() - before);
});
if (passed !== items) throw new Error(`${String(passed)} of ${String(items)} tasks were done`);
answer({ grownMb, passed, ms: performance.now() - began });

/** @param {number} n */
function* numbers(n) {
  for (let i = 0; i < n; i++) yield i;
}
