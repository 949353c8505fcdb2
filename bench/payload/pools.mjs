import { Piscina } from 'piscina';
import { backgroundMap, fromPull } from 'rxjs-background';
import { threads } from 'rxjs-background/node';
import { windowed } from '../harness/windowed.mjs';

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
 * ) => Promise<void>} Send
 */

/** @type {ThreadPool<Record<keyof Tasks, (value: any) => any>>} */
const pool = threads(new URL('tasks.mjs', import.meta.url), { maxThreads: 1 });
const piscina = new Piscina({
  filename: new URL('piscina-tasks.mjs', import.meta.url).href,
  minThreads: 1,
  maxThreads: 1,
});

/** @type {Send} */
export const throughBackgroundMap = (name, values, moved, take) =>
  fromPull(values)
    .pipe(backgroundMap(pool.tasks[name], moved === undefined ? {} : { transfer: (value) => [moved(value)] }))
    .forEach(take);

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
