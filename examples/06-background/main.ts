// A function becomes one that runs in the background: started, it gives a job at once, and its result when that has come.
// Ten calls of ten seconds are to give ten futures within 0.2 ms and all results after ten seconds; a hundred, forty at
// once, take three waves. Here a second is 50 ms, and twenty-five calls run ten at once.
import { configureDefault } from 'rxjs-background';
import { background } from 'rxjs-background/jobs';

const callMs = 500;

const sleep = background(async (n: number, ms: number) => {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  return n;
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const started = (count: number) => numbers(count).map((n) => sleep.start(n, callMs));
let inOrder = true;

/** Starts so many calls and waits for all. Gives how long either took. */
async function timed(count: number): Promise<{ startMs: number; units: number }> {
  const began = performance.now();
  const jobs = started(count);
  const startMs = performance.now() - began;
  const results = await Promise.all(jobs);
  inOrder &&= results.join() === numbers(count).join();
  return { startMs, units: (performance.now() - began) / callMs };
}

configureDefault({ maxThreads: 10 });
// The threads are started with the first calls that need them.
await Promise.all(numbers(10).map((n) => sleep.start(n, 1)));

const ten = await timed(10);
console.log(
  `10 calls: futures after ${ten.startMs.toFixed(2)} ms (claimed: ~0.2), all results after ${ten.units.toFixed(2)} calls' time (claimed: 1), in the order of the calls.`,
);

const waves = await timed(25);
console.log(`25 calls, 10 at once: ${waves.units.toFixed(2)} calls' time; three waves are 3.`);

// What raising the number of threads could not do there: help those that wait already.
configureDefault({ maxThreads: 1 });
const began = performance.now();
const backlog = started(5);
configureDefault({ maxThreads: 5 });
await Promise.all(backlog);
const helped = (performance.now() - began) / callMs;
console.log(`5 calls on 1 thread, then 5 threads: ${helped.toFixed(2)} calls' time instead of 5.`);

const job = sleep.start(1, 60_000);
job.cancel();
console.log(`A job that nobody wants any more is ${job.state}.`);

if (!inOrder || ten.units > 2 || waves.units > 3.75 || helped > 3) {
  console.error('It should have been quicker, and in order.');
  process.exitCode = 1;
}
