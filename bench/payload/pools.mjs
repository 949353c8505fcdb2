import { windowed } from '../harness/windowed.mjs';

/** @import { Task } from 'rxjs-background' */
/** @import { ThreadPool } from 'rxjs-background/node' */
/** @typedef {typeof import('./tasks.mjs')} Tasks */

/**
 * Sends each value to the one thread there is and takes the results, in order.
 *
 * @typedef {<Value extends object, Result>(
 *   name: keyof Tasks,
 *   values: Iterable<Value>,
 *   moved: ((value: Value) => ArrayBuffer) | undefined,
 *   take: (result: Result) => void,
 * ) => Promise<void>} Send `name` is that of a task that takes such values and gives such results
 */

/** @returns {Promise<Send>} */
export async function openBackgroundMap() {
  const { backgroundMap, fromPull } = await import('rxjs-background');
  const { threads } = await import('rxjs-background/node');
  /** @type {ThreadPool<Record<keyof Tasks, (value: never) => unknown>>} */
  const pool = threads(new URL('tasks.mjs', import.meta.url), { maxThreads: 1 });
  return (name, values, moved, take) => {
    const task = /** @type {Task<[value: object], unknown>} */ (pool.tasks[name]);
    const transfer = /** @type {((value: object) => ArrayBuffer) | undefined} */ (moved);
    return fromPull(values)
      .pipe(backgroundMap(task, transfer === undefined ? {} : { transfer: (value) => [transfer(value)] }))
      .forEach(/** @type {(result: unknown) => void} */ (take));
  };
}

/** @returns {Promise<Send>} */
export async function openPiscina() {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: new URL('piscina-tasks.mjs', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
  });
  return (name, values, moved, take) =>
    windowed(
      values,
      2,
      (value) => pool.run(value, { name, ...(moved === undefined ? {} : { transferList: [moved(value)] }) }),
      take,
    );
}
