import { lastValueFrom, Subject, takeUntil } from 'rxjs';
import { threads } from 'rxjs-background/node';
import { taskModule } from './pool.mjs';

/** @import { ThreadPool, ThreadsOptions } from 'rxjs-background/node' */
/** @import { Pool } from './pool.mjs' */

/**
 * @param {number} maxThreads
 * @param {ThreadsOptions & { module?: URL }} [options]
 * @returns {Pool & { tasks: ThreadPool<typeof import('../workers/tasks.mjs')>['tasks'] }}
 */
export function open(maxThreads, { module = taskModule, ...options } = {}) {
  /** @type {ThreadPool<typeof import('../workers/tasks.mjs')>} */
  const pool = threads(module, { maxThreads, ...options });
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
