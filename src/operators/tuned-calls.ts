import { asyncScheduler, defer, tap, type OperatorFunction } from 'rxjs';
import { makeClimb, type Climb } from '../engine/climb.js';
import type { CallListener } from '../executors/executor.js';
import { refuse } from '../options.js';
import type { StartAttempt } from './attempt.js';

/** The key of what a map asks a concurrency for that tunes itself. */
export const occupy: unique symbol = Symbol('rxjs-background.occupy');

/** Calls back when there may be more room. Gives what stops that. */
export type OnRoom = (listener: () => void) => () => void;

/** A concurrency that tunes itself, as a map sees it: for one subscription at a time. */
export interface Tuned {
  /** Its climb, which `ceiling` bounds, until the watching of room is stopped; `undefined` while somebody else has it. */
  readonly [occupy]: (
    ceiling: (() => number) | undefined,
  ) => { readonly climb: Climb; readonly onRoom: OnRoom } | undefined;
}

/** The most calls at once on this thread, unless more is asked for, and those to begin with. */
export const mostAtOnce = 256;
export const fewAtFirst = 4;

export function isTuned(concurrency: unknown): concurrency is Tuned {
  return typeof concurrency === 'object' && concurrency !== null && occupy in concurrency;
}

/** What a map needs to know of its concurrency. */
export interface Throttle<T> {
  readonly concurrency: () => number;
  readonly onRoom: OnRoom | undefined;
  /** Measures attempts, where that matters. */
  readonly measured: (start: StartAttempt<T>) => StartAttempt<T>;
}

/**
 * A map under its concurrency: `concurrency` itself where it is a number, else what is found anew for each subscription.
 *
 * @param ceiling - what the executor of tasks that run elsewhere runs at once.
 */
export function throttled<T, Out>(
  where: string,
  concurrency: (() => number) | 'auto' | Tuned,
  ceiling: (() => number) | undefined,
  make: (throttle: Throttle<T>) => OperatorFunction<T, Out>,
): OperatorFunction<T, Out> {
  if (typeof concurrency === 'function') {
    return make({ concurrency, onRoom: undefined, measured: (start) => start });
  }
  return (source) =>
    defer(() => {
      const own = { climb: undefined, onRoom: undefined };
      const { climb = freshClimb(ceiling), onRoom } =
        concurrency === 'auto' ? own : occupied(where, concurrency, ceiling);
      let isOpen = true;
      const throttle: Throttle<T> = {
        concurrency: climb.limit,
        onRoom: (listener) => {
          const stop = onRoom?.(listener);
          return () => {
            isOpen = false;
            stop?.();
          };
        },
        measured: (start) => measured(start, climb, () => isOpen),
      };
      return source.pipe(make(throttle));
    });
}

function freshClimb(ceiling: (() => number) | undefined): Climb {
  return makeClimb({ start: ceiling?.() ?? fewAtFirst, least: () => 1, most: ceiling ?? (() => mostAtOnce) });
}

function occupied(
  where: string,
  concurrency: Tuned,
  ceiling: (() => number) | undefined,
): { readonly climb: Climb; readonly onRoom: OnRoom } {
  const occupied = concurrency[occupy](ceiling);
  refuse(occupied === undefined, where, 'concurrency', concurrency);
  return occupied as NonNullable<typeof occupied>;
}

/** Tells the climb of each attempt. One that is cancelled was late, unless all are being cancelled. */
function measured<T>(start: StartAttempt<T>, climb: Climb, isOpen: () => boolean): StartAttempt<T> {
  return (value, index, attempt, listener) => {
    const began = asyncScheduler.now();
    const call = climb.begin(began);
    let isOver = false;
    const end = (hasFailed: boolean | undefined): void => {
      if (isOver) return;
      isOver = true;
      climb.end(call, began, asyncScheduler.now(), hasFailed);
    };
    const measuring: CallListener = {
      started: () => {
        listener.started?.();
      },
      result: (result) => {
        end(false);
        listener.result(result);
      },
      stream: (values$) => {
        listener.stream(
          values$.pipe(
            tap({
              error: () => {
                end(true);
              },
              complete: () => {
                end(false);
              },
            }),
          ),
        );
      },
      failed: (error) => {
        end(true);
        listener.failed(error);
      },
    };
    let cancel: (() => void) | undefined;
    try {
      cancel = start(value, index, attempt, measuring);
    } catch (error) {
      end(true);
      throw error;
    }
    return () => {
      end(isOpen() ? true : undefined);
      cancel?.();
    };
  };
}
