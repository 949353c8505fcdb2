import type { Observable } from 'rxjs';
import type { CallSite } from '../../call-site.js';
import { Chunk } from '../../engine/chunk.js';
import type { Arrivals } from '../arrivals.js';
import type { CallListener, TaskCall } from '../executor.js';
import type { LaneHost } from '../lane.js';
import type { ThreadLane, ThreadLaneOptions } from './thread-lane.js';

const nothing: readonly unknown[] = [];
const one = (): number => 1;

/** One call given to an executor, as the host of a lane that sends nothing else. */
export class ThreadCall implements LaneHost {
  readonly call: TaskCall;
  readonly #chunk: Chunk;
  readonly #listener: CallListener;
  /** Its chunk has not been taken. */
  #isWaiting = true;

  constructor(call: TaskCall, listener: CallListener) {
    const { args, index = 0 } = call;
    this.call = call;
    this.#chunk = new Chunk([args[0]], index, args.length > 1 ? [args.slice(1)] : undefined);
    this.#listener = listener;
  }

  /** How a lane sends it. */
  options(site: CallSite | undefined, parent: ThreadLane | undefined): ThreadLaneOptions {
    const { args, attempt, index, graceMs, streamAhead, transfer = nothing } = this.call;
    return {
      site,
      concurrency: one,
      chunkSize: 1,
      mostInChunk: 1,
      rest: nothing,
      timeoutMs: undefined,
      graceMs,
      streamAhead,
      attempt,
      transfer,
      isBare: args.length === 0,
      isNumbered: index !== undefined,
      isSingle: true,
      parent,
      sent: this.#listener.started?.bind(this.#listener),
    };
  }

  waiting(): number {
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

  streams(_chunk: Chunk, values$: Observable<unknown>, arrivals: Arrivals): void {
    this.#listener.stream(values$, arrivals);
  }

  failed(_chunk: Chunk, error: unknown): void {
    this.#listener.failed(error);
  }

  late(): void {
    // Whoever makes single calls measures their time.
  }
}
