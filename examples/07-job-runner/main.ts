// A runner of jobs, as a program has one: it starts them, knows them by their number, and ends them together, endless
// loops too. And with inline() the blocking kind, whose start returns when the job is over.
import { inline } from 'rxjs-background';
import { JobRunner } from 'rxjs-background/jobs';
import { threads } from 'rxjs-background/node';
import * as tasks from './tasks.js';

const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: 2 });
const runner = new JobRunner({ keepCount: 100 });

const digits = await runner.start(pool.tasks.factorial, [1000]).then((product) => String(product).length);
console.log(`Job ${String(runner.latestId)}: 1000! has ${String(digits)} digits.`);

const polls = [runner.start(pool.tasks.poll), runner.start(pool.tasks.poll)];
const waiting = runner.start(pool.tasks.factorial, [10]);
while (polls.some(({ state }) => state === 'queued')) await new Promise((resolve) => setImmediate(resolve));
const states = (): string => [...polls, waiting].map(({ state }) => state).join(', ');
console.log(`Two endless loops and one that waits: ${states()}.`);

const began = performance.now();
await runner.shutdown({ wait: true });
const shutdownMs = performance.now() - began;
console.log(`After shutdown, ${shutdownMs.toFixed(0)} ms later: ${states()}.`);
const looks = await Promise.all(polls);
console.log(`The loops have ended by themselves, with their results: ${String(looks.every((count) => count > 0))}.`);

await runner.shutdown();
const { latestId } = runner;
let refusal = '';
try {
  runner.start(pool.tasks.factorial, [3]);
} catch (error) {
  refusal = (error as Error).name;
}
console.log(
  `A second shutdown does no harm. A start after it is refused (${refusal}), and nothing has changed: ${String(latestId === runner.latestId)}.`,
);

const blocking = new JobRunner({ executor: inline() });
const here = blocking.start(tasks.factorial, [20]);
console.log(`On this thread, when start returns: ${here.state}, 20! = ${String(await here)}.`);
await pool.close();

if (states() !== 'done, done, cancelled' || refusal !== 'ExecutorClosedError' || shutdownMs > 2000)
  process.exitCode = 1;
