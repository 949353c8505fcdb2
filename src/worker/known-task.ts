import type { TaskFunction } from '../executors/task-function.js';
import type { OwnResults } from './own-results.js';

/** A task, and what its calls have shown of it in this worker. */
export interface KnownTask {
  readonly work: TaskFunction;
  readonly results: OwnResults;
}
