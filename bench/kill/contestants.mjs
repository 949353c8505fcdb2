import { open as openBackground } from '../pools/background.mjs';
import { open as openPiscina } from '../pools/piscina.mjs';
import { commonJsModule } from '../pools/pool.mjs';
import { open as openPoolifier } from '../pools/poolifier.mjs';
import { open as openRaw } from '../pools/raw.mjs';
import { open as openTinypool } from '../pools/tinypool.mjs';
import { open as openWorkerpool } from '../pools/workerpool.mjs';

/** @import { Kind } from '../harness/interleave.mjs' */
/** @import { Pool } from '../pools/pool.mjs' */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {() => Pool} open one in which one task at a time runs
 * @property {Kind} [kind]
 * @property {number} [most] rounds, for one that takes seconds
 * @property {boolean} [last] after all others, alone: the task goes on, whatever is done
 */

export const names = {
  ours: 'rxjs-background, tasks.mjs',
  oursCommonJs: 'rxjs-background, tasks.cjs',
  spare: 'rxjs-background, spareThreads: 1',
  piscina: 'piscina, tasks.mjs',
  piscinaCommonJs: 'piscina, tasks.cjs',
  warm: 'piscina, a warm idle thread',
};

/** @type {Contestant[]} */
export const contestants = [
  { name: names.ours, kind: 'ours', open: () => openBackground(1, { graceMs: 0 }) },
  { name: names.oursCommonJs, kind: 'ours', open: () => openBackground(1, { graceMs: 0, module: commonJsModule }) },
  { name: names.spare, kind: 'ours', open: () => openBackground(1, { graceMs: 0, spareThreads: 1 }) },
  { name: 'rxjs-background, graceMs: 100', kind: 'ours', open: () => openBackground(1, { graceMs: 100 }) },
  { name: names.piscina, open: () => openPiscina(1) },
  { name: names.piscinaCommonJs, open: () => openPiscina(1, { module: commonJsModule }) },
  { name: names.warm, open: () => openPiscina(1, { warm: 1 }) },
  { name: 'tinypool, tasks.mjs', open: () => openTinypool(1) },
  { name: 'tinypool, tasks.cjs', open: () => openTinypool(1, { module: commonJsModule }) },
  { name: 'workerpool', most: 5, open: () => openWorkerpool(1) },
  { name: 'poolifier', most: 1, last: true, open: () => openPoolifier(1) },
  { name: 'terminate() and new Worker', kind: 'reference', open: () => openRaw(1) },
];
