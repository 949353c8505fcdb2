import type { OperatorFunction } from 'rxjs';
import { flow } from '../backpressure/flow.js';
import { Fifo } from '../engine/fifo.js';
import { Lineup } from '../engine/lineup.js';
import { Turns } from '../engine/turns.js';
import type { AttemptListener, Meter } from './attempt.js';
import { pendingCalls } from './pending-calls.js';
import type { RunningCall } from './running-call.js';

/**
 * Begins the call for one value and tells the listener how it ends.
 *
 * @returns cancels it; not called once the listener was told the end.
 */
export type StartCall<T> = (value: T, index: number, listener: AttemptListener) => (() => void) | undefined;

/** How much may be under way at once. */
export interface Limits {
  /** Calls. */
  readonly concurrency: number;
  /** Values started and not yet delivered. */
  readonly maxPending: number;
}

/** How calls wait for those of the same key. */
interface Keys<T> {
  readonly of: (value: T) => unknown;
  /** The call of a value whose key could not be made. */
  readonly failed: (error: unknown) => StartCall<T>;
}

export interface MapCallsSettings<T, Out> {
  readonly ordered: boolean;
  /** Read at each admission. */
  readonly limits: Limits;
  readonly start: StartCall<T>;
  /** True: it starts nothing while its output is held. Else it goes on up to `maxPending`. */
  readonly waitsWhileHeld?: boolean;
  /** Applied to each result, here. */
  readonly select?: ((result: never, input: T, index: number) => Out) | undefined;
  /** Measures calls. */
  readonly meter?: Meter | undefined;
  /** Given, values of one key run one after another. */
  readonly keys?: Keys<T>;
  /** Calls back when the limits may have grown. */
  readonly onRoom?: ((listener: () => void) => () => void) | undefined;
}

/**
 * The operator behind `asyncMap`, `backgroundMap`, `expandFetch` and `flatten`: starts a call for each value, bounded, and
 * emits what the calls bring.
 */
export function mapCalls<T, Out>({
  ordered,
  limits,
  start,
  waitsWhileHeld = false,
  select,
  meter,
  keys,
  onRoom,
}: MapCallsSettings<T, Out>): OperatorFunction<T, Out> {
  return flow<T, Out>((stream) => {
    const { valve, drain } = stream;
    /** Calls begun, or due, and not ended. Never more than the concurrency at an admission. */
    let running = 0;
    /**
     * With keys: the calls whose turn it is, and that begin next. Each has a slot already, of its own or that of the one it
     * waited for: calls behind it, which may wait for it to be delivered, cannot take it away.
     */
    const due = keys && new Fifo<readonly [call: RunningCall<T>, start: StartCall<T>]>();
    const turns = keys && new Turns<RunningCall<T>>();
    /** The key of a value is being made: those behind it wait. */
    let isKeying = false;
    let admitted = 0;
    let begun = 0;
    const stopWatchingRoom = onRoom?.(drain);
    const lineup = new Lineup<RunningCall<T>>(ordered);
    const { inbox, callOf, stage } = pendingCalls<T, Out>(stream, {
      lineup,
      select,
      over: (call) => {
        call.onEnd?.(call.hasFailed);
        const heir = turns?.end(call);
        if (heir === undefined) running--;
        else due?.push([heir, start]);
      },
      close: stopWatchingRoom,
    });

    const hasRoom = (): boolean =>
      running < limits.concurrency && lineup.size < limits.maxPending && !isKeying && !(waitsWhileHeld && valve.held);
    const begin = (call: RunningCall<T>, start: StartCall<T>): void => {
      call.begunAs = ++begun;
      call.onEnd = meter?.();
      try {
        call.begun(start(call.input, call.index, call));
      } catch (error) {
        call.failed(error);
      }
    };
    const admit = (value: T): void => {
      const call = callOf(value, admitted++);
      lineup.add(call);
      running++;
      if (keys === undefined || turns === undefined) {
        begin(call, start);
        return;
      }
      isKeying = true;
      try {
        if (turns.add(call, keys.of(value))) due?.push([call, start]);
        else running--;
      } catch (error) {
        due?.push([call, keys.failed(error)]);
      }
      isKeying = false;
    };
    return {
      ...stage,
      accept: (value) => {
        if (inbox.length === 0 && hasRoom()) admit(value);
        else inbox.push(value);
      },
      hasRoom: () => inbox.length === 0 && hasRoom(),
      work: () => {
        const next = due?.shift();
        if (next !== undefined) {
          if (!next[0].ended) begin(...next);
          return true;
        }
        if (inbox.length === 0 || !hasRoom()) return false;
        admit(inbox.shift() as T);
        return true;
      },
    };
  });
}
