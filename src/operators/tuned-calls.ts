import { asyncScheduler, defer, type OperatorFunction } from 'rxjs';
import { makeClimb, type Climb } from '../engine/climb.js';
import { refuse } from '../options.js';
import type { Meter } from './attempt.js';

/** The key of what a map asks a concurrency for that tunes itself. */
export const occupy: unique symbol = Symbol('what autoConcurrency() gives');

/** Calls back when there may be more room. Gives what stops that. */
export type OnRoom = (listener: () => void) => () => void;

/** A concurrency that tunes itself, as a map sees it: for one subscription at a time. */
export interface Tuned {
  /** Its climb, which `ceiling` bounds, until the watching of room is stopped; `undefined` while somebody else has it. */
  readonly [occupy]: (
    ceiling: (() => number) | undefined,
  ) => { readonly climb: Climb; readonly onRoom?: OnRoom } | undefined;
}

/** The most calls at once on this thread, unless more is asked for, and those to begin with. */
export const mostAtOnce = 256;
export const fewAtFirst = 4;

/** What a map needs to know of its concurrency. */
export interface Throttle {
  readonly concurrency: () => number;
  readonly onRoom?: OnRoom;
  /** Measures attempts, where that matters. */
  readonly meter?: Meter;
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
  make: (throttle: Throttle) => OperatorFunction<T, Out>,
): OperatorFunction<T, Out> {
  if (typeof concurrency === 'function') return make({ concurrency });
  return (source) =>
    defer(() => {
      const found =
        concurrency === 'auto'
          ? {
              climb: makeClimb({
                start: ceiling?.() ?? fewAtFirst,
                least: () => 1,
                most: ceiling ?? (() => mostAtOnce),
              }),
            }
          : concurrency[occupy](ceiling);
      refuse(found === undefined, where, 'concurrency', concurrency);
      const { climb, onRoom } = found as NonNullable<typeof found>;
      let isOpen = true;
      return source.pipe(
        make({
          concurrency: climb.limit,
          onRoom: (listener) => {
            const stop = onRoom?.(listener);
            return () => {
              isOpen = false;
              stop?.();
            };
          },
          meter: () => {
            const began = asyncScheduler.now();
            const call = climb.begin(began);
            let isOver = false;
            return (hasFailed) => {
              if (isOver) return;
              isOver = true;
              // One that is cancelled was late, unless all are being cancelled.
              climb.end(call, began, asyncScheduler.now(), hasFailed ?? (isOpen || undefined));
            };
          },
        }),
      );
    });
}
