import { LazyCallContext } from '../call-context.js';
import { shown, type SharedContext } from './current-task.js';
import type { MessageRun } from './message-run.js';
import type { SharedCells } from './shared-cells.js';
import type { TaskContext } from './task-context.js';
import { movesOf, type MovingContext } from './transfer.js';

/**
 * One call that runs in this worker, as `currentTask()` shows it. Until somebody has seen it, or it has ended, it is
 * whichever call of its message is running.
 */
export class WorkerCall implements TaskContext, MovingContext, SharedContext {
  readonly attempt: number;
  readonly data: unknown;
  /** True once its outcome is known. What it left behind may still run. */
  ended = false;
  /** Its message; `undefined` once it is settled which call it is. */
  #run: MessageRun | undefined;
  #serial = 0;
  readonly #cells: SharedCells;
  #lazy: LazyCallContext | undefined;
  #moves: Set<unknown> | undefined;

  constructor(run: MessageRun, data: unknown, cells: SharedCells) {
    this.attempt = run.message.attempt ?? 1;
    this.data = data;
    this.#run = run;
    this.#cells = cells;
  }

  get serial(): number {
    return this.#run?.serial ?? this.#serial;
  }

  get signal(): AbortSignal {
    this.#lazy ??= new LazyCallContext(0);
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

  /** Somebody has seen it, or it has ended. */
  get isSettled(): boolean {
    return this.#run === undefined;
  }

  [shown](): void {
    this.#settle();
  }

  end(): void {
    this.ended = true;
    this.#settle();
  }

  abort(): void {
    this.#lazy?.abort();
  }

  #settle(): void {
    if (this.#run === undefined) return;
    this.#serial = this.#run.serial;
    this.#run = undefined;
  }
}
