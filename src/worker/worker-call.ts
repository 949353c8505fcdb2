import { LazyCallContext } from '../call-context.js';
import { cell, type CallMessage } from './protocol.js';
import type { TaskContext } from './task-context.js';
import { movesOf, type MovingContext } from './transfer.js';

/** One call that runs in this worker, as `currentTask()` shows it. */
export class WorkerCall implements TaskContext, MovingContext {
  readonly attempt: number;
  readonly data: unknown;
  readonly [movesOf] = new Set<unknown>();
  /** True once its outcome is known. What it left behind may still run. */
  ended = false;
  readonly #id: number;
  readonly #cells: Int32Array;
  readonly #lazy: LazyCallContext;

  constructor(id: number, { attempt, index }: CallMessage, data: unknown, cells: Int32Array) {
    this.#id = id;
    this.attempt = attempt;
    this.data = data;
    this.#cells = cells;
    this.#lazy = new LazyCallContext(index ?? 0);
  }

  get signal(): AbortSignal {
    // A synchronous task lets no message in, but may look at `signal.aborted`.
    if (this.stopped) this.#lazy.abort();
    return this.#lazy.signal;
  }

  get stopped(): boolean {
    return Atomics.load(this.#cells, cell.stop) === this.#id;
  }

  abort(): void {
    this.#lazy.abort();
  }
}
