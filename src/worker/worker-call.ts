import { LazyCallContext } from '../call-context.js';
import type { SharedCells } from './shared-cells.js';
import type { TaskContext } from './task-context.js';
import { movesOf, type MovingContext } from './transfer.js';

/** What all calls of a worker have in common. */
export interface CallSurroundings {
  readonly data: unknown;
  readonly cells: SharedCells;
}

/** One call that runs in this worker, as `currentTask()` shows it. */
export class WorkerCall implements TaskContext, MovingContext {
  readonly serial: number;
  readonly attempt: number;
  /** True once its outcome is known. What it left behind may still run. */
  ended = false;
  readonly #surroundings: CallSurroundings;
  #lazy: LazyCallContext | undefined;
  #moves: Set<unknown> | undefined;

  constructor(serial: number, attempt: number, surroundings: CallSurroundings) {
    this.serial = serial;
    this.attempt = attempt;
    this.#surroundings = surroundings;
  }

  get data(): unknown {
    return this.#surroundings.data;
  }

  get signal(): AbortSignal {
    this.#lazy ??= new LazyCallContext(0);
    // A synchronous task lets no message in, but may look at `signal.aborted`.
    if (this.#surroundings.cells.isStopped(this.serial)) this.#lazy.abort();
    return this.#lazy.signal;
  }

  get stopped(): boolean {
    const { cells } = this.#surroundings;
    return cells.isStopped(this.serial) || cells.isToFinish(this.serial);
  }

  /** What is to be moved in its result, or in the next value of it, if anything: once. */
  takeMoves(): ReadonlySet<unknown> | undefined {
    const moves = this.#moves;
    this.#moves = undefined;
    return moves;
  }

  get [movesOf](): Set<unknown> {
    return (this.#moves ??= new Set());
  }

  abort(): void {
    this.#lazy?.abort();
  }
}
