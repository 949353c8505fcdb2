import { answer } from '../harness/answer.mjs';

/** @import { Pool } from '../pools/pool.mjs' */

const file = `../pools/${process.argv[2] ?? ''}.mjs`;

const began = performance.now();
/** @type {{ open(threads: number): Pick<Pool, 'increment'> }} */
const { open } = await import(file);
const imported = performance.now();
if ((await open(1).increment(41)) !== 42) throw new Error(`${file} does not add`);
answer({ importMs: imported - began, resultMs: performance.now() - imported });
