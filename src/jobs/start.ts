import type { SelfContained } from '../operators/background-map.js';
import type { Emitted, Task } from '../executors/task.js';
import type { Job } from './job.js';
import { placeTask } from './place-task.js';
import { RunningJob } from './running-job.js';

/**
 * Starts a task now, once, and gives the {@link Job} it is: something to await, to watch and to cancel. Use it where a
 * result is wanted later; a stream of inputs is the work of `backgroundMap`, a list of them that of `runJob`.
 *
 * It queues where its executor has no room. Without a limit of its own it is for a number of jobs that fits into memory.
 *
 * @param task - a task of an executor, one that `background` made, or a self-contained function, which runs on the
 *   default executor.
 * @throws TypeError when `task` is no function.
 * @example
 * ```ts
 * const thumbnails = pages.map((page) => start(pool.tasks.thumbnail, page));
 * for (const job of thumbnails) show(await job);
 * ```
 */
export function start<Args extends readonly unknown[], R>(
  task: Task<Args, R> | SelfContained<Args, R>,
  ...args: Args
): Job<Emitted<R>> {
  const job = new RunningJob<Emitted<R>>(placeTask('start', task), args, start);
  job.launch();
  return job;
}
