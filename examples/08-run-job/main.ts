// A list of items, a task, an array of results: on threads, or on this one to debug it. And a Ctrl-C that leaves nothing
// behind: three busy loops are to be gone within a second, and the exit code is not to be 0.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inline } from 'rxjs-background';
import { runJob } from 'rxjs-background/jobs';
import { threads } from 'rxjs-background/node';
import * as tasks from './tasks.js';

const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: 2 });
const here = inline(tasks);
const items = [1, 2, 3];

const outputs = [
  await runJob({ task: pool.tasks.plusTwo, items }),
  await runJob({ task: here.tasks.plusTwo, items }),
  await runJob({ task: pool.tasks.oneOver, items, onError: () => [null] }),
  await runJob({ task: pool.tasks.oneOver, items, onError: 'skip' }),
  await runJob({ task: pool.tasks.oneOver, items }).catch((error: unknown) => String(error)),
].map((output) => JSON.stringify(output));
console.log(`+ 2 on threads: ${String(outputs[0])}, on this one: ${String(outputs[1])}.`);
console.log(
  `A failure on 3, as null: ${String(outputs[2])}, left out: ${String(outputs[3])}, as it is: ${String(outputs[4])}.`,
);

await runJob({
  task: pool.tasks.plusTwo,
  items: Array.from({ length: 1000 }, (_, n) => n),
  onProgress: ({ finished, total }) => {
    if (finished % 250 === 0) console.log(`${String(finished)} of ${String(total)}`);
  },
});
await pool.close();

console.log('Three busy loops in a program of their own, and a Ctrl-C:');
const busy = spawn(process.execPath, [fileURLToPath(new URL('./busy.js', import.meta.url))]);
let interruptedAt = 0;
busy.stdout.on('data', (text: Buffer) => {
  process.stdout.write(`  ${text.toString()}`);
  if (text.toString() !== 'busy\n') return;
  interruptedAt = performance.now();
  busy.kill('SIGINT');
});
const code = await new Promise<number | null>((resolve) => busy.on('exit', resolve));
const ms = performance.now() - interruptedAt;
console.log(`Exit code ${String(code)} after ${ms.toFixed(0)} ms (claimed: not 0, within a second).`);

const expected = '[3,4,5] [3,4,5] [1,2,null] [1,2] "RangeError: division by zero"';
if (outputs.join(' ') !== expected || code !== 130 || ms > 1000) {
  console.error(`It should have been ${expected}, and 130 within a second.`);
  process.exitCode = 1;
}
