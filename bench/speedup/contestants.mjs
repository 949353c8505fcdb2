import { backgroundMap, fromPull, inline } from 'rxjs-background';
import { inBatches, windowed } from '../harness/windowed.mjs';
import * as tasks from '../workers/tasks.mjs';

/** @import { Task } from 'rxjs-background' */
/** @import { Entrant } from '../harness/apart.mjs' */
/** @import { Work } from './workloads.mjs' */

/**
 * @typedef {object} Input
 * @property {number[]} turns how often each task goes round its loop
 * @property {number} total what their results add up to, in 32 bits
 * @property {number} byHand how many go into a message that is sent by hand
 */

const threads = 2;

export const names = {
  ours: 'backgroundMap',
  byHand: 'postMessage, about 1 ms a message',
  alone: 'one thread: a plain loop here',
};

/** @param {number} size */
const fixed = (size) => `chunkSize: ${String(size)}`;
const sizes = [1, 4, 16, 64, 256, 1024];
export const fixedNames = sizes.map(fixed);

/** @type {Entrant<Input>[]} */
export const contestants = [
  { name: names.ours, kind: 'ours', open: () => mapping({}) },
  ...sizes.map((size) => ({ name: fixed(size), open: () => mapping({ chunkSize: size }) })),
  {
    name: 'backgroundMap on inline()',
    open: () => mapped(inline(tasks).tasks.work, {}),
  },
  {
    name: names.byHand,
    kind: 'reference',
    open: async () => {
      const { send } = (await import('../pools/raw.mjs')).open(threads, 'work');
      return summed(({ turns, byHand }, take) =>
        windowed(inBatches(turns, byHand), 2 * threads, send, (results) => results.forEach(take)),
      );
    },
  },
  {
    name: names.alone,
    kind: 'reference',
    open: () =>
      summed(async ({ turns }, take) => {
        for (const one of turns) take(tasks.work(one));
      }),
  },
];

/**
 * @param {Work} work
 * @returns {Input}
 */
export function inputFor({ parts, tasks: all, averageUs }) {
  /** @type {number[]} */
  const turns = [];
  let total = 0;
  for (const { share, turns: each } of parts) {
    const count = Math.round(share * all);
    for (let i = 0; i < count; i++) turns.push(each);
    total = (total + Math.imul(count, tasks.work(each))) | 0;
  }
  return { turns, total, byHand: Math.min(1024, Math.max(1, Math.round(1000 / Math.max(averageUs, 1e-3)))) };
}

/** @param {{ chunkSize?: number }} options */
async function mapping(options) {
  const { tasks } = (await import('../pools/background.mjs')).open(threads);
  return mapped(tasks.work, options);
}

/**
 * @param {Task<[turns: number], number>} task
 * @param {{ chunkSize?: number }} options
 */
function mapped(task, options) {
  return summed(({ turns }, take) => fromPull(turns).pipe(backgroundMap(task, options)).forEach(take));
}

/**
 * @param {(input: Input, take: (result: number) => void) => Promise<void>} run
 * @returns {(input: Input) => Promise<void>}
 */
function summed(run) {
  return async (input) => {
    let total = 0;
    await run(input, (result) => {
      total = (total + result) | 0;
    });
    if (total !== input.total) throw new Error(`the tasks came to ${String(total)}, not ${String(input.total)}`);
  };
}
