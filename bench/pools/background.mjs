import { lastValueFrom, Subject, takeUntil } from 'rxjs';
import { threads } from 'rxjs-background/node';
import { taskModule } from './pool.mjs';

/** @import { ThreadPool, ThreadsOptions } from 'rxjs-background/node' */
/** @import { Pool } from './pool.mjs' */

/**
 * @param {number} maxThreads
 * @param {ThreadsOptions} [options]
 * @returns {Pool & { tasks: ThreadPool<typeof import('../workers/tasks.mjs')>['tasks'] }}
 */
export function open(maxThreads, options) {
  /** @type {ThreadPool<typeof import('../workers/tasks.mjs')>} */
  const pool = threads(taskModule, { maxThreads, ...options });
  return {
    tasks: pool.tasks,
    increment: (x) => lastValueFrom(pool.tasks.increment(x)),
    spin: (gate) => {
      const aborted = new Subject();
      const ended = lastValueFrom(pool.tasks.spin(gate).pipe(takeUntil(aborted)));
      return { ended, abort: () => aborted.next(true) };
    },
    close: () => pool.close({ force: true }),
  };
}
