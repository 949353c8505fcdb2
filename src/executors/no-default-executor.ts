import type { Executor } from './executor.js';

/** The default executor where there is none: every platform but Node. */
export function makeDefaultExecutor(_maxThreads?: number): Executor {
  throw new TypeError(
    'There is no default executor here to run a plain function on. Make one with webWorkers() and give a task of its module, or configureDefault({ executor }).',
  );
}
