import type { TaskFunction } from '../executors/task-function.js';
import { OwnResults } from './own-results.js';

/** So many calls that were plain show that those to come will be. */
const enough = 16;

/** A task, and what its calls have shown of it in this worker. */
export class KnownTask {
  readonly work: TaskFunction;
  readonly results = new OwnResults();
  #plainCalls = 0;

  constructor(work: TaskFunction) {
    this.work = work;
  }

  /** Its calls, one after another, may share a context: they do not look at it, and are over when they return. */
  get isPlain(): boolean {
    return this.#plainCalls >= enough;
  }

  /** A call is over, or waits; one that was not plain is remembered for good. */
  saw(isPlain: boolean): void {
    this.#plainCalls = isPlain ? this.#plainCalls + 1 : -Infinity;
  }
}
