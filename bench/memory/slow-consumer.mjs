// One contestant, alone in its process: how much is alive behind a slow consumer, and how much it gets done.
import { setTimeout as pause } from 'node:timers/promises';
import { answer } from '../harness/answer.mjs';
import { behindSlowConsumer } from './contestants.mjs';
import { alive } from './heap.mjs';

/** @import { Row } from './contestants.mjs' */

const [wanted, items, forMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const looks = 10;

const contestant = behindSlowConsumer.find(({ name }) => name === wanted);
await contestant?.run(rows(20), () => undefined);

// What the first run has left, such as threads that end, goes.
await pause(100);
const before = alive();
let grownMb = -Infinity;
let passed = 0;
const run = contestant?.run(rows(items), () => void passed++);
run?.catch((/** @type {unknown} */ error) => {
  throw error;
});
for (let look = 0; look < looks; look++) {
  await pause(forMs / looks);
  grownMb = Math.max(grownMb, alive() - before);
}
answer({ grownMb, passed, ms: forMs });

/**
 * @param {number} n
 * @returns {Generator<Row>}
 */
function* rows(n) {
  for (let id = 0; id < n; id++) yield { id, text: `row ${String(id)}` };
}
