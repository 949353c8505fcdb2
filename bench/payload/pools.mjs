import { Piscina } from 'piscina';
import { backgroundMap, fromPull } from 'rxjs-background';
import { threads } from 'rxjs-background/node';
import { windowed } from '../harness/windowed.mjs';

/** @import { Task } from 'rxjs-background' */
/** @import { ThreadPool } from 'rxjs-background/node' */
/** @typedef {typeof import('./tasks.mjs')} Tasks */
/** @typedef {typeof throughBackgroundMap} Send */

/** @type {ThreadPool<Record<keyof Tasks, (value: never) => unknown>>} */
const pool = threads(new URL('tasks.mjs', import.meta.url), { maxThreads: 1 });
const piscina = new Piscina({
  filename: new URL('piscina-tasks.mjs', import.meta.url).href,
  minThreads: 1,
  maxThreads: 1,
});

/**
 * Sends each value to the one thread there is and takes the results, in order.
 *
 * @template {object} Value
 * @template Result
 * @param {keyof Tasks} name of a task that takes such values and gives such results
 * @param {Iterable<Value>} values
 * @param {((value: Value) => ArrayBuffer) | undefined} moved
 * @param {(result: Result) => void} take
 */
export function throughBackgroundMap(name, values, moved, take) {
  const task = /** @type {Task<[value: Value], unknown>} */ (pool.tasks[name]);
  return fromPull(values)
    .pipe(backgroundMap(task, moved === undefined ? {} : { transfer: (value) => [moved(value)] }))
    .forEach(/** @type {(result: unknown) => void} */ (take));
}

/** @type {Send} */
export const throughPiscina = (name, values, moved, take) =>
  windowed(
    values,
    2,
    (value) => piscina.run(value, { name, ...(moved === undefined ? {} : { transferList: [moved(value)] }) }),
    take,
  );

export function close() {
  return Promise.all([pool.close(), piscina.destroy()]);
}
