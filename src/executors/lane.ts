import type { CallSite } from '../call-site.js';
import type { Observable } from 'rxjs';
import type { Chunk } from '../engine/chunk.js';
import type { Arrivals } from './arrivals.js';
import type { TaskFunction } from './task-function.js';

/**
 * A stream of values for one task, which its executor sends in chunks: as many at a time as it finds worth it, never
 * waiting for a chunk to fill. Workers run them one after another; outcomes are told for each value.
 */
export interface Lane {
  /** How many values it would send at once now; shrinks and grows with what workers report. */
  readonly chunkSize: number;
  /** Values wait in it for a worker: it need not be told of each further one, only of every `chunkSize`. */
  readonly isQueued: boolean;
  /** Values wait at the host. They may be taken before this returns. */
  readonly offer: () => void;
  /** Nobody wants the outcomes of this chunk any more. What runs is stopped, the rest is not begun. */
  cancel(chunk: Chunk): void;
  /** Cancels everything, and takes nothing more. Safe to repeat. */
  close(): void;
}

export interface LaneOptions {
  readonly task: string | TaskFunction;
  /** Where the calls were asked for, for the stacks of errors. */
  readonly site?: CallSite | undefined;
  /** How many of its values may run at once. Read at each admission. */
  readonly concurrency: () => number;
  /** Values in a chunk: so many, or, `undefined`, as many as take a few milliseconds. */
  readonly chunkSize?: number | undefined;
  /** Never more values in a chunk than this. */
  readonly mostInChunk?: number | undefined;
  /** The arguments after the first, where the chunks bring none of their own. */
  readonly rest: readonly unknown[];
  /** How long a value may take from its start. After that it is stopped, and `late` is told. */
  readonly timeoutMs?: number | undefined;
  /** How long a stopped value may take to end by itself before its worker is killed; default: the executor's. */
  readonly graceMs?: number | undefined;
  /** How many values of a result that streams may have left their worker and not been delivered; default 16. */
  readonly streamAhead?: number | undefined;
}

/**
 * The owner of a lane, as its executor sees it. It is told of outcomes inside {@link LaneHost.tell} only, and takes nothing
 * away, nor calls the executor, until that has returned; only `close` may come at any time.
 */
export interface LaneHost {
  /** How many values could be taken now. */
  waiting(): number;
  /** Takes up to `most` of the waiting values; `undefined` when there is none. */
  take(most: number): Chunk | undefined;
  /** Makes the values of `chunk` from `position` on a chunk of their own, which comes right behind it. */
  split(chunk: Chunk, position: number): Chunk;
  /** Runs `outcomes`, which tells some, and then goes on with what they allow. */
  tell(outcomes: () => void): void;
  /** The next results of the chunk have come. */
  brought(chunk: Chunk, values: ArrayLike<unknown>): void;
  /**
   * The result of the chunk, of a single value, streams: it has not failed, and brings nothing but this. Its worker is taken until
   * the stream has ended or been unsubscribed. Subscribe once.
   */
  streams(chunk: Chunk, values$: Observable<unknown>, arrivals: Arrivals): void;
  /** The chunk, of a single value, has failed. */
  failed(chunk: Chunk, error: unknown): void;
  /** The chunk, of a single value, took longer than `timeoutMs`, and has been stopped. */
  late(chunk: Chunk): void;
}
