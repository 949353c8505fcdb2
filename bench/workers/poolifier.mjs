import { ThreadWorker } from 'poolifier';
import { increment, spin } from './tasks.mjs';

/** @import { TaskFunction } from 'poolifier' */

/**
 * To the library's types any task may be called without data. These are not.
 *
 * @type {(task: (data: never) => unknown) => TaskFunction}
 */
const always = (task) => /** @type {TaskFunction} */ (task);

export const worker = new ThreadWorker({ increment: always(increment), spin: always(spin) });
