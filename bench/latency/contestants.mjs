import { filter, firstValueFrom, lastValueFrom, of, Subject } from 'rxjs';
import { backgroundMap } from 'rxjs-background';
import { open as openBackground } from '../pools/background.mjs';
import { open as openPiscina } from '../pools/piscina.mjs';
import { open as openRaw } from '../pools/raw.mjs';
import { open as openTinypool } from '../pools/tinypool.mjs';

/** @import { Kind } from '../harness/interleave.mjs' */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {Kind} [kind]
 * @property {(x: number) => Promise<number>} call
 */

export const names = {
  single: 'of(x), a backgroundMap of its own',
  standing: 'of(x), the same backgroundMap',
  call: 'pool.tasks.increment(x)',
  open: 'an open stream, backgroundMap',
  piscina: 'piscina run',
};

const threads = 2;
const pool = openBackground(threads);
const piscina = openPiscina(threads);
const tinypool = openTinypool(threads);
const raw = openRaw(threads);
const task = pool.tasks.increment;
const standing = backgroundMap(task);

/** @type {Contestant[]} */
const others = [
  { name: names.piscina, call: piscina.increment },
  { name: 'tinypool run', call: tinypool.increment },
  { name: 'postMessage', kind: 'reference', call: raw.increment },
];

/**
 * One value, and nothing else to do.
 *
 * @type {Contestant[]}
 */
export const singly = [
  { name: names.single, kind: 'ours', call: (x) => lastValueFrom(of(x).pipe(backgroundMap(task))) },
  { name: names.standing, kind: 'ours', call: (x) => lastValueFrom(of(x).pipe(standing)) },
  { name: names.call, kind: 'ours', call: pool.increment },
  ...others,
];

/**
 * A value now and then, in a stream that stays open.
 *
 * @type {Contestant[]}
 */
export const trickling = [
  { name: names.open, kind: 'ours', call: streaming({}) },
  { name: 'the same, timeoutMs: 1000', kind: 'ours', call: streaming({ timeoutMs: 1000 }) },
  ...others,
];

export function close() {
  return Promise.all([pool, piscina, tinypool, raw].map((one) => one.close()));
}

/** @param {{ timeoutMs?: number }} options */
function streaming(options) {
  /** @type {Subject<number>} */
  const values$ = new Subject();
  /** @type {Subject<number>} */
  const results$ = new Subject();
  values$.pipe(backgroundMap(task, options)).subscribe(results$);
  return (/** @type {number} */ x) => {
    const result = firstValueFrom(results$.pipe(filter((y) => y === x + 1)));
    values$.next(x);
    return result;
  };
}
