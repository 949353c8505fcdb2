import type { Executor } from './executor.js';

/** The default executor where there is none: every platform but Node. */
export function makeDefaultExecutor(_maxThreads?: number): Executor {
  throw new TypeError(
    'There is no default executor here to run a plain function on. Give a task of an executor, such as inline({ work }).tasks.work, or configureDefault({ executor }).',
  );
}
