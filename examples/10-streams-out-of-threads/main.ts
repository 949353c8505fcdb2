// A search that never ends, on another thread: its results come one by one, at the pace of whoever reads them, and it is
// left when nobody does any more.
import { setTimeout as pause } from 'node:timers/promises';
import { of, take } from 'rxjs';
import { backgroundMap, toAsyncIterable } from 'rxjs-background';
import { threads } from 'rxjs-background/node';
import type * as tasks from './tasks.js';

const streamAhead = 4;
const made = new Int32Array(new SharedArrayBuffer(4));
const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: 1 });
const primes$ = of(10 ** 9).pipe(backgroundMap(pool.tasks.primesFrom, { args: [made], streamAhead }), take(12));

let most = 0;
let taken = 0;
console.log('The first primes above a billion, read slowly:');
for await (const prime of toAsyncIterable(primes$)) {
  taken++;
  await pause(20);
  most = Math.max(most, Atomics.load(made, 0) - taken);
  console.log(`  ${String(prime)}`);
}
// The generator has been told to return: its thread is free for others.
await pool.close();
const isBounded = most <= streamAhead + 1;
console.log(isBounded ? 'The search was never far ahead.' : `The search was ${String(most)} ahead!`);
if (!isBounded) process.exitCode = 1;
