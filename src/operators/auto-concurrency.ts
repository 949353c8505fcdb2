import { BehaviorSubject, type Observable } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { makeClimb } from '../engine/climb.js';
import { checkOptions, checkValue, refuse, type Rule } from '../options.js';
import { fewAtFirst, mostAtOnce, occupy, type Tuned } from './tuned-calls.js';

export interface AutoConcurrencyOptions {
  /** Calls at once to begin with. Default: 4; for tasks that run elsewhere, as many as their executor runs. */
  readonly start?: number;
  /** The fewest. Default 1. */
  readonly min?: number;
  /** The most. Default 256. Tasks that run elsewhere never run more than their executor does. */
  readonly max?: number;
}

/** A concurrency that tunes itself, to be read and to be pinned. {@link autoConcurrency} makes it. */
export interface AutoConcurrency extends Tuned {
  /** Calls at once, right now. */
  readonly current: number;
  /** What `current` is, and then each number that it becomes. Never ends. */
  readonly changes$: Observable<number>;
  /** Stays at this many calls at once, a whole number of at least 1, whatever `min` and `max` say. */
  pin(concurrency: number): void;
  /** Tunes itself again, from where it is. */
  unpin(): void;
}

/**
 * Makes a `concurrency` for `asyncMap` or `backgroundMap` that finds by itself how many calls at once bring the most, and
 * follows when that changes.
 *
 * Use it for calls that wait for something whose capacity nobody knows, or that changes. `concurrency: 'auto'` is the same,
 * made anew for each subscription; make one yourself to read, bound or pin it. Where you know the number, give the number:
 * finding it takes some hundreds of calls, and looking around a few percent of the throughput.
 *
 * ```text
 * ten servers    4 8 16 10 20 14 10 8 10 10 10 13 10 …    tries more and less, and stays with what brings most
 * ```
 *
 * It adds calls while that raises the throughput, and takes away those that do not. Failed and late attempts count against a
 * setting; when they become more, it halves the calls at once, and climbs again. While the source starves or the consumer is
 * full, it holds, and so it does for tasks that travel in chunks: give `chunkSize: 1` for tasks that wait. It belongs to one subscription at a time and keeps what it has found for the next.
 *
 * @throws TypeError, RangeError for invalid options. A second subscription at the same time gets a `TypeError`.
 * @example
 * ```ts
 * const concurrency = autoConcurrency({ max: 50 });
 * concurrency.changes$.subscribe((n) => console.log(n, 'at once'));
 * urls$.pipe(asyncMap((url, { signal }) => fetch(url, { signal }), { concurrency, retry: 2 }))
 * ```
 */
export function autoConcurrency(options: AutoConcurrencyOptions = {}): AutoConcurrency {
  const rule: Rule = ['count', 1];
  const read = checkOptions('autoConcurrency', options, { start: rule, min: rule, max: rule });
  const { start, min = 1, max = Math.max(mostAtOnce, min, start ?? 1) } = read;
  refuse(min > max, 'autoConcurrency', 'min', min);
  refuse(start !== undefined && (start < min || start > max), 'autoConcurrency', 'start', start);

  /** While it is in use: what bounds it there, and who wants to know that it has grown. */
  let user: { readonly ceiling: (() => number) | undefined; onRoom: () => void } | undefined;
  /** Where it begins is for its first use to say. */
  let isOpen = start === undefined;
  const changes = new BehaviorSubject(start ?? Math.min(max, Math.max(min, fewAtFirst)));
  let pinned: number | undefined;
  const climb = makeClimb({
    start: changes.value,
    least: () => pinned ?? min,
    most: () => pinned ?? Math.min(max, user?.ceiling?.() ?? max),
    onChange: (limit) => {
      outsideDelivery(() => {
        changes.next(limit);
      });
    },
  });
  return {
    get current() {
      return climb.limit();
    },
    changes$: changes.asObservable(),
    pin(concurrency) {
      checkValue('pin', 'concurrency', concurrency, rule);
      isOpen = false;
      pinned = concurrency;
      climb.startAt(concurrency);
      user?.onRoom();
    },
    unpin() {
      pinned = undefined;
      climb.startAt(climb.limit());
      user?.onRoom();
    },
    [occupy]: (ceiling) => {
      if (user !== undefined) return undefined;
      const own = (user = { ceiling, onRoom: (): void => undefined });
      if (isOpen && ceiling !== undefined) climb.startAt(ceiling());
      isOpen = false;
      return {
        climb,
        onRoom: (listener) => {
          own.onRoom = listener;
          return () => {
            user = undefined;
          };
        },
      };
    },
  };
}
