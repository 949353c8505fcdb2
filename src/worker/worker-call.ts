import { LazyCallContext } from '../call-context.js';
import type { SharedCells } from './shared-cells.js';
import type { TaskContext } from './task-context.js';
import { movesOf, type MovingContext } from './transfer.js';

/** One call that runs in this worker, as `currentTask()` shows it. */
export class WorkerCall implements TaskContext, MovingContext {
  readonly serial: number;
  readonly index: number | undefined;
  readonly attempt: number;
  readonly data: unknown;
  /** True once its outcome is known. What it left behind may still run. */
  ended = false;
  readonly #cells: SharedCells;
  #lazy: LazyCallContext | undefined;
  #moves: Set<unknown> | undefined;

  constructor(serial: number, index: number | undefined, attempt: number, data: unknown, cells: SharedCells) {
    this.serial = serial;
    this.index = index;
    this.attempt = attempt;
    this.data = data;
    this.#cells = cells;
  }

  get signal(): AbortSignal {
    this.#lazy ??= new LazyCallContext(this.index ?? 0);
    // A synchronous task lets no message in, but may look at `signal.aborted`.
    if (this.#cells.isStopped(this.serial)) this.#lazy.abort();
    return this.#lazy.signal;
  }

  get stopped(): boolean {
    return this.#cells.isStopped(this.serial) || this.#cells.isToFinish(this.serial);
  }

  /** What is to be moved in its result, if anything. */
  get moves(): ReadonlySet<unknown> | undefined {
    return this.#moves;
  }

  get [movesOf](): Set<unknown> {
    return (this.#moves ??= new Set());
  }

  abort(): void {
    this.#lazy?.abort();
  }
}
