import type { OperatorFunction } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { flow } from '../backpressure/flow.js';
import { Fifo } from '../engine/fifo.js';
import { Lineup } from '../engine/lineup.js';
import { Turns } from '../engine/turns.js';
import type { CallListener } from '../executors/executor.js';
import { RunningCall, type CallHost } from './running-call.js';

/**
 * Begins the call for one value and tells the listener how it ends.
 *
 * @returns cancels it; not called once the listener was told the end.
 */
export type StartCall<T> = (value: T, index: number, listener: CallListener) => (() => void) | undefined;

/** How calls wait for those of the same key. */
interface Keys<T> {
  readonly of: (value: T) => unknown;
  /** The call of a value whose key could not be made. */
  readonly failed: (error: unknown) => StartCall<T>;
}

export interface MapCallsSettings<T, Out> {
  readonly ordered: boolean;
  /** Calls at once; read at each admission. */
  readonly concurrency: () => number;
  /** Values started and not yet delivered; read at each admission. */
  readonly maxPending: () => number;
  readonly start: StartCall<T>;
  /** True: it starts nothing while its output is held. Else it goes on up to `maxPending()`. */
  readonly waitsWhileHeld?: boolean;
  /** Applied to each result, here. */
  readonly select?: ((result: never, input: T, index: number) => Out) | undefined;
  /** Given, values of one key run one after another. */
  readonly keys?: Keys<T>;
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
  waitsWhileHeld = false,
  select,
  keys,
  onRoom,
}: MapCallsSettings<T, Out>): OperatorFunction<T, Out> {
  return flow<T, Out>(({ valve, emit, drain, end, leave }) => {
    /** The pending calls, and who of them comes next. Never more than `maxPending()` when the source is pausable. */
    const lineup = new Lineup<RunningCall<T>>(ordered);
    /** Values that came while there was no room, from sources that cannot be held. Empty while there is room. */
    const inbox = new Fifo<T>();
    /** Calls whose streams are held though nothing of theirs waits, to be let go when the output is open. */
    const resting = new Fifo<RunningCall<T>>();
    /** Calls begun, or due, and not ended. Never more than `concurrency()` at an admission. */
    let running = 0;
    /**
     * With keys: the calls whose turn it is, and that begin next. Each has a slot already, of its own or that of the one it
     * waited for: calls behind it, which may wait for it to be delivered, cannot take it away.
     */
    const due = new Fifo<readonly [call: RunningCall<T>, start: StartCall<T>]>();
    const turns = keys === undefined ? undefined : new Turns<RunningCall<T>>();
    /** The key of a value is being made: those behind it wait. */
    let isKeying = false;
    let admitted = 0;
    let begun = 0;
    /** The failure is being delivered: nothing that is pending matters any more. */
    let hasFailed = false;
    const stopWatchingRoom = onRoom?.(drain);

    /**
     * Leaves the source and the calls that are not wanted any more. Everyone knows before anyone is told. Who began last is told
     * first: the slot that one of them gives back must not start another that is about to be cancelled.
     */
    const giveUp = (calls: readonly RunningCall<T>[]): void => {
      const unwanted = [...calls].sort((one, other) => other.begunAs - one.begunAs);
      for (const call of unwanted) call.giveUp();
      leave();
      for (const call of unwanted) call.stop();
    };
    const host: CallHost<T> = {
      valve,
      select: (call, result) =>
        select === undefined ? result : outsideDelivery(() => select(result as never, call.input, call.index)),
      bring: (call, value) => {
        call.put(value);
        lineup.arrived(call);
      },
      end: (call) => {
        lineup.end(call);
        const heir = turns?.end(call);
        if (heir === undefined) running--;
        else due.push([heir, start]);
      },
      fail: (call, reason) => {
        running--;
        // With nothing in the inbox and the source left, nothing is started any more.
        inbox.clear();
        lineup.fail(call, reason);
        giveUp(lineup.outdoneBy(call));
      },
      rest: (call) => {
        resting.push(call);
      },
      drain,
    };
    const hasRoom = (): boolean =>
      !isKeying && !(waitsWhileHeld && valve.held) && running < concurrency() && lineup.size < maxPending();
    const begin = (call: RunningCall<T>, start: StartCall<T>): void => {
      call.begunAs = ++begun;
      try {
        call.begun(start(call.input, call.index, call));
      } catch (error) {
        call.failed(error);
      }
    };
    const admit = (value: T): void => {
      const call = new RunningCall(host, value, admitted++);
      lineup.add(call);
      running++;
      if (keys === undefined || turns === undefined) {
        begin(call, start);
        return;
      }
      isKeying = true;
      try {
        if (turns.add(call, keys.of(value))) due.push([call, start]);
        else running--;
      } catch (error) {
        due.push([call, keys.failed(error)]);
      }
      isKeying = false;
    };
    return {
      accept: (value) => {
        if (inbox.length === 0 && hasRoom()) admit(value);
        else inbox.push(value);
      },
      hasRoom: () => inbox.length === 0 && hasRoom(),
      work: () => {
        const next = due.shift();
        if (next !== undefined) {
          if (!next[0].ended) begin(...next);
          return true;
        }
        if (inbox.length === 0 || !hasRoom()) return false;
        admit(inbox.shift() as T);
        return true;
      },
      hasValue: () => lineup.front() !== undefined,
      deliver: () => {
        const call = lineup.front();
        if (call === undefined) {
          const rested = resting.shift();
          rested?.resume();
          return rested !== undefined;
        }
        if (call.waiting === 0) {
          hasFailed = true;
          end(true, call.reason);
          return false;
        }
        emit(lineup.take(call) as Out);
        call.delivered();
        return true;
      },
      isBusy: () => !hasFailed && (lineup.size > 0 || inbox.length > 0),
      close: () => {
        stopWatchingRoom?.();
        giveUp([...lineup]);
      },
    };
  });
}
