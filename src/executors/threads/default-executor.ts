import { availableParallelism } from 'node:os';
import type { AdjustableExecutor } from '../default-executor.js';
import { ThreadsExecutor } from './threads-executor.js';

/** The default executor on Node: threads without a module, which run self-contained functions. */
export function makeDefaultExecutor(maxThreads: number = availableParallelism()): AdjustableExecutor {
  return new ThreadsExecutor({
    executor: 'threads()',
    module: undefined,
    data: undefined,
    resourceLimits: undefined,
    most: maxThreads,
    spare: 0,
    idleTimeoutMs: undefined,
    startTimeoutMs: 30_000,
    graceMs: 100,
  });
}
