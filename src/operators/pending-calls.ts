import type { Flow, Stage } from '../backpressure/flow.js';
import { Fifo } from '../engine/fifo.js';
import type { Lineup } from '../engine/lineup.js';
import type { Place } from '../engine/place.js';
import { RunningCall, type CallHost } from './running-call.js';

/** What a map does about its pending calls, and about what else it has in their line. */
export interface PendingPolicy<T, Other extends Place> {
  /** What has begun, or is due, and who of it comes next. Never more than `maxPending` when the source is pausable. */
  readonly lineup: Lineup<RunningCall<T> | Other>;
  /** Makes what is to be emitted of a call's result; left out: the result. A throw is the call's failure. */
  readonly select?: CallHost<T>['select'];
  /** A place has no call any more that runs, as it has ended or failed. */
  readonly over?: (place: RunningCall<T> | Other) => void;
  /** Tells what is no call that it is not wanted any more. */
  readonly stop?: (place: Other) => void;
  /** Delivers of what is no call and has brought something. */
  readonly deliver?: (place: Other) => void;
  /** Over, for whatever reason: nothing is begun any more. */
  readonly close?: (() => void) | undefined;
}

/** What a map has taken in and not delivered yet. */
export interface Pending<T, P extends Place> {
  /** Values that have come and wait for room. */
  readonly inbox: Fifo<T>;
  /** The call of a value, which is to be put into the line. */
  readonly callOf: (input: T, index: number) => RunningCall<T>;
  readonly fail: (place: P, reason: unknown) => void;
  /** How it is delivered, and given up. */
  readonly stage: Required<Pick<Stage<T>, 'hasValue' | 'deliver' | 'isBusy' | 'close'>>;
}

/** The part that all maps share: what is pending, how it is delivered, and how it fails. */
export function pendingCalls<T, Out, Other extends Place = never>(
  { valve, emit, drain, end, leave }: Flow<Out>,
  { lineup, select, over, stop, deliver, close }: PendingPolicy<T, Other>,
): Pending<T, RunningCall<T> | Other> {
  type P = RunningCall<T> | Other;
  const inbox = new Fifo<T>();
  /** Calls whose streams are held though nothing of theirs waits, to be let go when the output is open. */
  const resting = new Fifo<RunningCall<T>>();
  /** The failure is being delivered: nothing that is pending matters any more. */
  let hasFailed = false;

  /**
   * Leaves the source and what a failure, or else the end, makes pointless. Everyone knows before anyone is told. Who began
   * last is told first: the slot that one of them gives back must not start another that is about to be cancelled.
   */
  const giveUp = (failed?: P): void => {
    const unwanted = lineup.outdoneBy(failed).sort((one, other) => other.begunAs - one.begunAs);
    leave();
    for (const place of unwanted) {
      if (place instanceof RunningCall) place.stop();
      else stop?.(place);
    }
  };
  const fail = (place: P, reason: unknown): void => {
    inbox.clear();
    lineup.fail(place, reason);
    over?.(place);
    giveUp(place);
  };
  const host: CallHost<T> = { valve, lineup, resting, select, over, fail, drain };
  return {
    inbox,
    callOf: (input, index) => new RunningCall(host, input, index),
    fail,
    stage: {
      hasValue: () => lineup.front() !== undefined,
      deliver: () => {
        const place = lineup.front();
        if (place === undefined) {
          const rested = resting.shift();
          rested?.resume();
          return rested !== undefined;
        }
        if (place.waiting === 0) {
          hasFailed = true;
          end(true, place.reason);
          return false;
        }
        if (place instanceof RunningCall) {
          emit(lineup.take(place) as Out);
          place.delivered();
        } else deliver?.(place);
        return true;
      },
      isBusy: () => !hasFailed && (lineup.size > 0 || inbox.length > 0),
      close: () => {
        inbox.clear();
        close?.();
        giveUp();
      },
    },
  };
}
