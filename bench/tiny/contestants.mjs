import { from, mergeMap, range } from 'rxjs';
import { backgroundMap, fromPull } from 'rxjs-background';
import { inBatches, windowed } from '../harness/windowed.mjs';
import { open as openBackground } from '../pools/background.mjs';
import { open as openPiscina } from '../pools/piscina.mjs';
import { open as openPoolifier } from '../pools/poolifier.mjs';
import { open as openRaw } from '../pools/raw.mjs';
import { open as openThreadsJs } from '../pools/threads-js.mjs';
import { open as openTinypool } from '../pools/tinypool.mjs';
import { open as openWorkerpool } from '../pools/workerpool.mjs';
import { increment } from '../workers/tasks.mjs';

/** @import { Observable } from 'rxjs' */
/** @import { Contestant } from '../harness/interleave.mjs' */

const threads = 2;
export const most = 2_000_000;
const all = Array.from({ length: most }, (_, i) => i);
/** Calls that a pool of promises is given at once. */
const window = 64;

export const names = {
  ours: 'fromPull, backgroundMap',
  timed: 'the same, timeoutMs: 1000',
  here: 'a plain loop here, no threads',
  piscina: 'piscina run',
};

/** @param {number} size */
const rawBatches = (size) => `postMessage, ${String(size)} a message`;

/** The raw contestant that a goal is about. */
export const rawGoal = rawBatches(1024);

const pools = {
  background: openBackground(threads),
  piscina: openPiscina(threads),
  poolifier: openPoolifier(threads),
  raw: openRaw(threads),
  threadsJs: openThreadsJs(threads),
  tinypool: openTinypool(threads),
  workerpool: openWorkerpool(threads),
};
const task = pools.background.tasks.increment;

/** @type {Contestant<number>[]} */
export const contestants = [
  { name: names.ours, kind: 'ours', run: (n) => drained(inOrder(n), fromPull(items(n)).pipe(backgroundMap(task))) },
  {
    name: names.timed,
    kind: 'ours',
    run: (n) => drained(inOrder(n), fromPull(items(n)).pipe(backgroundMap(task, { timeoutMs: 1000 }))),
  },
  {
    name: 'the same, ordered: false',
    kind: 'ours',
    run: (n) => drained(inAnyOrder(n), fromPull(items(n)).pipe(backgroundMap(task, { ordered: false }))),
  },
  {
    name: 'the same, chunkSize: 1',
    kind: 'ours',
    run: (n) => drained(inOrder(n), fromPull(items(n)).pipe(backgroundMap(task, { chunkSize: 1 }))),
  },
  {
    name: 'rxjs range, backgroundMap',
    kind: 'ours',
    run: (n) => drained(inOrder(n), range(n).pipe(backgroundMap(task))),
  },
  calling(names.piscina, pools.piscina),
  {
    name: `rxjs mergeMap(piscina.run, ${String(window)})`,
    run: (n) => drained(inAnyOrder(n), from(items(n)).pipe(mergeMap((x) => pools.piscina.increment(x), window))),
  },
  calling('tinypool run', pools.tinypool),
  calling('poolifier execute', pools.poolifier),
  calling('workerpool exec', pools.workerpool),
  calling('threads.js queue', pools.threadsJs),
  ...[64, 256, 1024].map((size) =>
    batched(`piscina run(array of ${String(size)})`, size, 2 * threads, pools.piscina.incrementEach),
  ),
  reference(calling(rawBatches(1), { increment: pools.raw.increment }, 4 * window)),
  ...[64, 256, 1024].map((size) => reference(batched(rawBatches(size), size, 2 * threads, pools.raw.send))),
  {
    name: names.here,
    kind: 'reference',
    run: async (n) => {
      const { take, end } = inOrder(n);
      for (const x of items(n)) take(increment(x));
      end();
    },
  },
];

export function close() {
  return Promise.all(Object.values(pools).map((pool) => pool.close()));
}

/**
 * @param {string} name
 * @param {{ increment(x: number): Promise<number> }} pool
 * @returns {Contestant<number>}
 */
function calling(name, pool, atOnce = window) {
  return {
    name,
    run: async (n) => {
      const { take, end } = inOrder(n);
      await windowed(items(n), atOnce, pool.increment, take);
      end();
    },
  };
}

/**
 * @param {string} name
 * @param {number} size
 * @param {number} atOnce
 * @param {(batch: number[]) => Promise<number[]>} send
 * @returns {Contestant<number>}
 */
function batched(name, size, atOnce, send) {
  return {
    name,
    run: async (n) => {
      const { take, end } = inOrder(n);
      await windowed(inBatches(items(n), size), atOnce, send, (results) => {
        for (const result of results) take(result);
      });
      end();
    },
  };
}

/**
 * @param {Contestant<number>} contestant
 * @returns {Contestant<number>}
 */
function reference(contestant) {
  return { ...contestant, kind: 'reference' };
}

/**
 * @param {{ take(result: number): void, end(): void }} results
 * @param {Observable<number>} stream$
 */
async function drained({ take, end }, stream$) {
  await stream$.forEach(take);
  end();
}

/**
 * 0, 1, 2, ...
 *
 * @param {number} n
 */
function items(n) {
  return all.slice(0, n);
}

/**
 * Takes the results 1, 2, 3, ..., and nothing else.
 *
 * @param {number} n
 */
function inOrder(n) {
  let last = 0;
  return {
    take: (/** @type {number} */ result) => {
      if (result !== ++last) throw new Error(`result ${String(last)} is ${String(result)}`);
    },
    end: () => {
      if (last !== n) throw new Error(`${String(last)} of ${String(n)} results came`);
    },
  };
}

/**
 * Takes the same in any order, and looks at the end whether they were all there.
 *
 * @param {number} n
 */
function inAnyOrder(n) {
  let total = 0;
  return {
    take: (/** @type {number} */ result) => {
      total += result;
    },
    end: () => {
      const expected = (n * (n + 1)) / 2;
      if (total !== expected) throw new Error(`${String(n)} results came to ${String(total)}, not ${String(expected)}`);
    },
  };
}
