import { from, mergeMap, range } from 'rxjs';
import { backgroundMap, fromPull } from 'rxjs-background';
import { inBatches, windowed } from '../harness/windowed.mjs';
import { increment } from '../workers/tasks.mjs';

/** @import { Observable } from 'rxjs' */
/** @import { Entrant } from '../harness/apart.mjs' */
/** @import { Pool } from '../pools/pool.mjs' */

const threads = 2;
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

const piscina = () => import('../pools/piscina.mjs');
const raw = () => import('../pools/raw.mjs');

/** @type {Entrant<number[]>[]} */
export const contestants = [
  ours(names.ours, fromPull),
  ours(names.timed, fromPull, { timeoutMs: 1000 }),
  ours('the same, ordered: false', fromPull, { ordered: false }),
  ours('the same, chunkSize: 1', fromPull, { chunkSize: 1 }),
  ours('rxjs range, backgroundMap', ({ length }) => range(length)),
  calling(names.piscina, piscina),
  {
    name: `rxjs mergeMap(piscina.run, ${String(window)})`,
    open: async () => {
      const pool = (await piscina()).open(threads);
      return (items) => drained(inAnyOrder(items), from(items).pipe(mergeMap((x) => pool.increment(x), window)));
    },
  },
  calling('tinypool run', () => import('../pools/tinypool.mjs')),
  calling('poolifier execute', () => import('../pools/poolifier.mjs')),
  calling('workerpool exec', () => import('../pools/workerpool.mjs')),
  calling('threads.js queue', () => import('../pools/threads-js.mjs')),
  ...[64, 256, 1024].map((size) =>
    batched(`piscina run(array of ${String(size)})`, size, async () => (await piscina()).open(threads).incrementEach),
  ),
  reference(calling(rawBatches(1), raw, 4 * window)),
  ...[64, 256, 1024].map((size) =>
    reference(batched(rawBatches(size), size, async () => (await raw()).open(threads).send)),
  ),
  {
    name: names.here,
    kind: 'reference',
    open: () => async (items) => {
      const { take, end } = inOrder(items);
      for (const x of items) take(increment(x));
      end();
    },
  },
];

/**
 * 0, 1, 2, ...
 *
 * @param {number} n
 */
export function inputFor(n) {
  return Array.from({ length: n }, (_, i) => i);
}

/**
 * @param {string} name
 * @param {(items: number[]) => Observable<number>} source
 * @param {{ timeoutMs?: number, ordered?: boolean, chunkSize?: number }} [options]
 * @returns {Entrant<number[]>}
 */
function ours(name, source, options = {}) {
  const results = options.ordered === false ? inAnyOrder : inOrder;
  return {
    name,
    kind: 'ours',
    open: async () => {
      const { tasks } = (await import('../pools/background.mjs')).open(threads);
      return (items) => drained(results(items), source(items).pipe(backgroundMap(tasks.increment, options)));
    },
  };
}

/**
 * @param {string} name
 * @param {() => Promise<{ open(threads: number): Pick<Pool, 'increment'> }>} library
 * @returns {Entrant<number[]>}
 */
function calling(name, library, atOnce = window) {
  return {
    name,
    open: async () => {
      const pool = (await library()).open(threads);
      return async (items) => {
        const { take, end } = inOrder(items);
        await windowed(items, atOnce, pool.increment, take);
        end();
      };
    },
  };
}

/**
 * @param {string} name
 * @param {number} size
 * @param {() => Promise<(batch: number[]) => Promise<number[]>>} open gives what sends a batch
 * @returns {Entrant<number[]>}
 */
function batched(name, size, open) {
  return {
    name,
    open: async () => {
      const send = await open();
      return async (items) => {
        const { take, end } = inOrder(items);
        await windowed(inBatches(items, size), 2 * threads, send, (results) => {
          for (const result of results) take(result);
        });
        end();
      };
    },
  };
}

/**
 * @param {Entrant<number[]>} contestant
 * @returns {Entrant<number[]>}
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
 * Takes the results 1, 2, 3, ..., and nothing else.
 *
 * @param {number[]} items
 */
function inOrder({ length }) {
  let last = 0;
  return {
    take: (/** @type {number} */ result) => {
      if (result !== ++last) throw new Error(`result ${String(last)} is ${String(result)}`);
    },
    end: () => {
      if (last !== length) throw new Error(`${String(last)} of ${String(length)} results came`);
    },
  };
}

/**
 * Takes the same in any order, and looks at the end whether they were all there.
 *
 * @param {number[]} items
 */
function inAnyOrder({ length }) {
  let total = 0;
  return {
    take: (/** @type {number} */ result) => {
      total += result;
    },
    end: () => {
      const expected = (length * (length + 1)) / 2;
      if (total !== expected) {
        throw new Error(`${String(length)} results came to ${String(total)}, not ${String(expected)}`);
      }
    },
  };
}
