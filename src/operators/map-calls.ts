import type { OperatorFunction } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { flow } from '../backpressure/flow.js';
import { Fifo } from '../engine/fifo.js';
import type { CallListener } from '../executors/executor.js';
import { RunningCall, type CallHost } from './running-call.js';

/**
 * Begins the call for one value and tells the listener how it ends.
 *
 * @returns cancels it; not called once the listener was told the end.
 */
export type StartCall<T> = (value: T, index: number, listener: CallListener) => (() => void) | undefined;

export interface MapCallsSettings<T, Out> {
  readonly ordered: boolean;
  /** Calls at once; read at each admission. */
  readonly concurrency: () => number;
  /** Values started and not yet delivered; read at each admission. */
  readonly maxPending: () => number;
  readonly start: StartCall<T>;
  /** Applied to each result, here. */
  readonly select?: ((result: never, input: T, index: number) => Out) | undefined;
  /** Calls back when `concurrency()` may have grown. */
  readonly onRoom?: ((listener: () => void) => () => void) | undefined;
}

/**
 * The operator behind `asyncMap`, `backgroundMap`, `expandFetch` and `flatten`: starts a call for each value, bounded, and
 * emits what the calls bring.
 */
export function mapCalls<T, Out>({
  ordered,
  concurrency,
  maxPending,
  start,
  select,
  onRoom,
}: MapCallsSettings<T, Out>): OperatorFunction<T, Out> {
  return flow<T, Out>(({ valve, emit, drain, end, leave }) => {
    /** Calls that have something undelivered or may still bring something. Never more than `maxPending()`, when the source is pausable. */
    const pending = new Set<RunningCall<T>>();
    /** Who comes next: the pending calls in the order of their start; or, unordered, a call for each value and failure that has arrived. */
    const line = new Fifo<RunningCall<T>>();
    /** Values that came while there was no room, from sources that cannot be held. Empty while there is room. */
    const inbox = new Fifo<T>();
    /** Calls whose streams are held though nothing of theirs waits, to be let go when the output is open. */
    const resting = new Fifo<RunningCall<T>>();
    /** Calls begun and not ended. Never more than `concurrency()` at an admission. */
    let running = 0;
    let started = 0;
    /** A call has failed: nothing is started any more, and the source is left. */
    let isDoomed = false;
    const stopWatchingRoom = onRoom?.(drain);

    const host: CallHost<T> = {
      isHeld: () => valve.held,
      bring: (call, result) => {
        try {
          call.put(
            select === undefined ? result : outsideDelivery(() => select(result as never, call.input, call.index)),
          );
        } catch (error) {
          call.failed(error);
          return false;
        }
        if (!ordered) line.push(call);
        return true;
      },
      end: (call) => {
        running--;
        if (call.hasFailed) {
          isDoomed = true;
          if (!ordered) line.push(call);
          inbox.clear();
          leave();
          for (const other of pending) if (ordered ? other.index > call.index : other !== call) other.cancel();
        } else if (!ordered && call.waiting === 0) pending.delete(call);
      },
      rest: (call) => {
        resting.push(call);
      },
      drain,
    };
    const hasRoom = (): boolean => !isDoomed && running < concurrency() && pending.size < maxPending();
    const begin = (value: T): void => {
      const call = new RunningCall(host, value, started++);
      running++;
      pending.add(call);
      if (ordered) line.push(call);
      try {
        call.begun(start(value, call.index, call));
      } catch (error) {
        call.failed(error);
      }
    };
    /** The call whose value, or else whose failure, comes next. */
    const front = (): RunningCall<T> | undefined => {
      for (let call = line.at(0); call !== undefined; call = line.at(0)) {
        if (call.waiting > 0 || call.hasFailed) return call;
        if (!call.isOver) return undefined;
        line.shift();
        pending.delete(call);
      }
      return undefined;
    };

    return {
      accept: (value) => {
        if (inbox.length === 0 && hasRoom()) begin(value);
        else inbox.push(value);
      },
      hasRoom: () => inbox.length === 0 && hasRoom(),
      work: () => {
        if (inbox.length === 0 || !hasRoom()) return false;
        begin(inbox.shift() as T);
        return true;
      },
      deliver: () => {
        const call = front();
        if (call === undefined) {
          const rested = resting.shift();
          rested?.resume();
          return rested !== undefined;
        }
        if (call.waiting === 0) {
          pending.clear();
          end(true, call.reason);
          return false;
        }
        const value = call.take() as Out;
        const isDone = call.isOver && !call.hasFailed && call.waiting === 0;
        if (isDone) pending.delete(call);
        if (isDone || !ordered) line.shift();
        emit(value);
        call.delivered();
        return true;
      },
      isBusy: () => pending.size > 0 || inbox.length > 0,
      close: () => {
        stopWatchingRoom?.();
        for (const call of pending) call.cancel();
      },
    };
  });
}
