import { text } from '#messages';
import { map, type Observable, type OperatorFunction } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { flow } from '../backpressure/flow.js';
import { ChunkLineup } from '../engine/chunk-lineup.js';
import { Chunk } from '../engine/chunk.js';
import { Fifo, shiftMany } from '../engine/fifo.js';
import type { CallLane } from '../executors/executor.js';
import type { LaneHost } from '../executors/lane.js';
import type { FirstAttempt } from './after-failure.js';
import { finishedOf, Spoilt, type Finish } from './finish-results.js';
import { pendingCalls } from './pending-calls.js';
import type { RunningCall } from './running-call.js';

/** However many may be pending, no more of them are read before there is a thread for them. */
const mostWaiting = 4096;

export interface MapChunksSettings<T> {
  readonly ordered: boolean;
  /** Values started and not yet delivered, when the lane sends so many at once; read at each admission. */
  readonly maxPending: (chunkSize: number) => number;
  readonly openLane: (host: LaneHost) => CallLane;
  /** The arguments of a value after the first, where they are not the same for all. */
  readonly restOf?: ((value: T, index: number) => readonly unknown[]) | undefined;
  /** What is emitted for a result; left out: the result. A throw is the value's failure. */
  readonly finish?: Finish<T> | undefined;
  /** Makes what comes of a value that has failed or streams, by further calls if need be; left out: a failure fails the stream. */
  readonly recoverWith?:
    | ((execute: CallLane['execute']) => (input: T, index: number, first: FirstAttempt) => Observable<unknown>)
    | undefined;
  /** There may be further calls for a value that has failed. */
  readonly triesAgain: boolean;
  /** Names the stage in messages. */
  readonly describe: () => string;
  /** Calls back when `maxPending()` may have grown. */
  readonly onRoom: (listener: () => void) => () => void;
}

/**
 * The operator behind `backgroundMap` where calls travel in chunks: lets its executor take the values that wait, bounded,
 * and emits what comes back.
 */
export function mapChunks<T>({
  ordered,
  maxPending,
  openLane,
  restOf,
  finish,
  recoverWith,
  triesAgain,
  describe,
  onRoom,
}: MapChunksSettings<T>): OperatorFunction<T, unknown> {
  return flow<T, unknown>((stream) => {
    const { emit, mayEmit, drain } = stream;
    const lineup = new ChunkLineup<RunningCall<T> | Chunk<T>>(ordered);
    const {
      inbox: waiting,
      callOf,
      fail,
      stage,
    } = pendingCalls<T, unknown, Chunk<T>>(stream, {
      lineup,
      stop: (chunk) => {
        lane.cancel(chunk);
      },
      deliver: (chunk) => {
        deliverFrom(chunk);
      },
      close: () => {
        stopWatchingRoom();
        lane.close();
      },
    });
    /** The position in the stream of the first value that waits. */
    let next = 0;
    /** A value that waits first, and whose arguments could not be made. */
    let misfit: { readonly error: unknown } | undefined;
    /** Arguments are being made: what comes meanwhile waits. */
    let isTaking = false;
    /** Values that have failed or stream, oldest first, and what comes of them, not begun yet. */
    const unbegun = new Fifo<{ readonly call: RunningCall<T>; readonly outcome$: Observable<unknown> }>();
    /** Outcomes are being told. The source goes on when all have been. */
    let isTelling = false;
    /** There was no room, and has not been enough since for a message that is worth it. */
    let wasFull = false;
    /** How many values may be pending, and how many are worth a message, by the chunks of the moment. */
    let limit = 1;
    let portion = 1;
    /** So many more values may come before there is anything to look at, while the lane has its turn. Whatever could make it less sets it to 0. */
    let credit = 0;
    const measure = (): void => {
      credit = 0;
      const { chunkSize } = lane;
      limit = maxPending(chunkSize);
      // Where only few chunks may be pending, the next has to begin to wait before the last is through.
      portion = limit < 4 * chunkSize ? Math.ceil(chunkSize / 2) : chunkSize;
    };
    const stopWatchingRoom = onRoom(() => {
      measure();
      drain();
    });

    const room = (): number => limit - lineup.size;
    const offer = (): void => {
      outsideDelivery(lane.offer);
    };
    const failed = (chunk: Chunk<T>, failure: Exclude<FirstAttempt, { at: 'stream' }>): void => {
      if (chunk.isUnwanted) return;
      if (recover === undefined) fail(chunk, (failure as { readonly error?: unknown }).error);
      else goOnWith(chunk, recover(chunk.input(0), chunk.index, failure));
    };
    /** A call that streams takes the place of the chunk, of a single value. */
    const goOnWith = (chunk: Chunk<T>, outcome$: Observable<unknown>): void => {
      const call = callOf(chunk.input(0), chunk.index);
      lineup.replace(chunk, call);
      unbegun.push({ call, outcome$ });
    };
    const finished$ = (values$: Observable<unknown>, input: T, index: number): Observable<unknown> =>
      finish === undefined ? values$ : values$.pipe(map((value) => outsideDelivery(() => finish(value, input, index))));
    const hasRoom = (): boolean => {
      if (isTelling) return false;
      const left = Math.min(room(), mostWaiting) - waiting.length;
      wasFull ||= left <= 0;
      // While the consumer has enough to do, the source brings as much at once as is worth a message.
      if (wasFull && left < portion && (left <= 0 || lineup.front() !== undefined)) return false;
      wasFull = false;
      if (!isTaking) credit = Math.min(left, portion - (waiting.length % portion));
      return true;
    };
    const take = (most: number): Chunk<T> | undefined => {
      credit = 0;
      const count = isTaking ? 0 : Math.min(most, waiting.length, room());
      if (count <= 0) return undefined;
      if (restOf === undefined) {
        const chunk = new Chunk(count === 1 ? [waiting.shift() as T] : shiftMany(waiting, count), next);
        next += chunk.length;
        lineup.add(chunk);
        return chunk;
      }
      const inputs: T[] = [];
      const rests: (readonly unknown[])[] = [];
      const index = next;
      isTaking = true;
      while (inputs.length < count && waiting.length > 0 && misfit === undefined) {
        try {
          rests.push(restOf(waiting.peek() as T, next));
        } catch (error) {
          misfit = { error };
        }
        // It may have been what ended everything.
        if (waiting.length === 0 || misfit !== undefined) break;
        inputs.push(waiting.shift() as T);
        next++;
      }
      isTaking = false;
      if (inputs.length > 0) {
        const chunk = new Chunk(inputs, index, rests);
        lineup.add(chunk);
        return chunk;
      }
      if (misfit !== undefined && waiting.length > 0) {
        const { error } = misfit;
        misfit = undefined;
        const chunk = new Chunk([waiting.shift() as T], next++);
        lineup.add(chunk);
        failed(chunk, { at: 'attempt', error });
        drain();
      }
      return undefined;
    };
    const host: LaneHost = {
      waiting: () => (isTaking ? 0 : Math.max(0, Math.min(waiting.length, room()))),
      take,
      split: (whole, position) => {
        const chunk = whole as Chunk<T>;
        const rear = chunk.split(position);
        if (chunk.isUnwanted) return rear;
        lineup.addBehind(chunk, rear);
        if (chunk.ended) lineup.end(chunk);
        return rear;
      },
      tell: (outcomes) => {
        isTelling = true;
        outcomes();
        isTelling = false;
        measure();
        drain();
      },
      brought: (chunk, values) => {
        if (chunk.isUnwanted) return;
        const made = finish === undefined ? values : finishedOf(chunk as Chunk<T>, values, finish);
        // `finish` may have been what ended everything.
        if (chunk.isUnwanted as boolean) return;
        chunk.bring(made);
        lineup.arrived(chunk as Chunk<T>, values.length);
      },
      streams: (whole, values$, arrivals) => {
        const chunk = whole as Chunk<T>;
        const { index, isUnwanted } = chunk;
        if (isUnwanted || triesAgain) {
          values$.subscribe().unsubscribe();
          // What it would try again waits for a slot, which those behind it may have taken for streams that wait for it.
          if (!isUnwanted) fail(chunk, new TypeError(text('streamsAgain', describe(), index)));
          return;
        }
        const input = chunk.input(0);
        const outcome$ =
          recover?.(input, index, { at: 'stream', values$, arrivals }) ?? finished$(values$, input, index);
        goOnWith(chunk, outcome$);
      },
      failed: (chunk, error) => {
        failed(chunk as Chunk<T>, { at: 'attempt', error });
      },
      late: (chunk) => {
        failed(chunk as Chunk<T>, { at: 'deadline' });
      },
    };
    const lane = openLane(host);
    const recover = recoverWith?.(lane.execute);
    measure();

    const deliverFrom = (chunk: Chunk<T>): void => {
      // As many in a row as are worth a message: in between, the source has its turn.
      for (let left = portion; left > 0; left--) {
        const value = lineup.take(chunk);
        if (value instanceof Spoilt) {
          const position = chunk.taken - 1;
          deliverSpoilt(chunk.input(position), chunk.index + position, value.error);
          return;
        }
        emit(value);
        if (!mayEmit() || lineup.front() !== chunk || unbegun.length > 0) return;
      }
    };
    const deliverSpoilt = (input: T, index: number, error: unknown): void => {
      const call = callOf(input, index);
      lineup.addFirst(call);
      if (recover === undefined) {
        lineup.prefer(call);
        fail(call, error);
      } else unbegun.push({ call, outcome$: recover(input, index, { at: 'select', error }) });
    };

    // Each by its name: what is spread takes as long to make as all the rest of a subscription.
    const { hasValue, deliver, isBusy, close } = stage;
    return {
      hasValue,
      deliver,
      isBusy,
      close,
      keep: (value) => {
        waiting.push(value);
        if (--credit > 0 && lane.isQueued) return true;
        if (!isTaking && (!lane.isQueued || waiting.length % portion === 0)) offer();
        return hasRoom();
      },
      hasRoom,
      work: () => {
        const next = unbegun.shift();
        if (next !== undefined) {
          next.call.stream(next.outcome$);
          return true;
        }
        const before = waiting.length;
        if (before === 0 || lane.isQueued || isTelling) return false;
        lane.offer();
        return waiting.length < before;
      },
    };
  });
}
