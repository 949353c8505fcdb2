import { Chunk } from '../../engine/chunk.js';
import type { CallListener, TaskCall } from '../executor.js';
import type { LaneHost } from '../lane.js';

/** One call given to an executor, as the host of a lane that sends nothing else. */
export class ThreadCall implements LaneHost {
  readonly #chunk: Chunk;
  readonly #listener: CallListener;
  /** Its chunk has not been taken. */
  #isWaiting = true;

  constructor({ args, index = 0 }: TaskCall, listener: CallListener) {
    this.#chunk = new Chunk([args[0]], index, args.length > 1 ? [args.slice(1)] : undefined);
    this.#listener = listener;
  }

  get waiting(): number {
    return this.#isWaiting ? 1 : 0;
  }

  take(): Chunk | undefined {
    if (!this.#isWaiting) return undefined;
    this.#isWaiting = false;
    return this.#chunk;
  }

  split(): Chunk {
    throw new Error('a single call cannot be divided');
  }

  tell(outcomes: () => void): void {
    outcomes();
  }

  brought(_chunk: Chunk, values: ArrayLike<unknown>): void {
    this.#listener.result(values[0]);
  }

  failed(_chunk: Chunk, error: unknown): void {
    this.#listener.failed(error);
  }

  late(): void {
    // Whoever makes single calls measures their time.
  }
}
