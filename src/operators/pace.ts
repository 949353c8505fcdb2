import { asyncScheduler, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import { RateWindow } from '../engine/rate-window.js';
import { checkOptions, checkValue } from '../options.js';
import { relayed, type Relay, type RelayPolicy } from './relay.js';

export interface PaceOptions {
  /** Values that may pass in any `perMs`, a whole number of at least 1. */
  readonly limit: number;
  /** The length of the window in milliseconds, more than 0. */
  readonly perMs: number;
}

/**
 * Lets at most `limit` values pass in any `perMs`, and holds the source meanwhile. For the quota of an API.
 *
 * Use it before the calls it has to slow down. Unlike `throttle` and `debounce` it drops nothing, unlike `delay` and `zip` with an
 * interval it queues nothing.
 *
 * ```text
 * source                          (abcd|)
 * pace({ limit: 2, perMs: 5 })    (ab)-(cd|)
 * ```
 *
 * Order: the source's. Memory: nothing waits when the source is pausable, and `limit` times are kept. A pausable source ends when
 * there would be room for another value, since it is held until then. An error comes after the values before it. Unsubscribing ends its timer.
 *
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * urls$.pipe(pace({ limit: 10, perMs: 1000 }), asyncMap(get, { concurrency: 4 }))
 * ```
 */
export function pace<T>(options: PaceOptions): MonoTypeOperatorFunction<T> {
  const rules = { limit: ['count', 1], perMs: ['duration', 1] } as const;
  const { limit, perMs } = checkOptions('pace', options, rules);
  checkValue('pace', 'limit', limit, rules.limit);
  checkValue('pace', 'perMs', perMs, rules.perMs);
  return relayed<T, T>((relay) => new Pace(relay, new RateWindow(limit, perMs)));
}

class Pace<T> implements RelayPolicy<T> {
  readonly #relay: Relay<T>;
  readonly #window: RateWindow;
  /** Runs while the window is what keeps a value or the source waiting. */
  #timer: Subscription | undefined;

  constructor(relay: Relay<T>, window: RateWindow) {
    this.#relay = relay;
    this.#window = window;
  }

  accept(value: T): void {
    this.#relay.put(value);
  }

  mayPass(): boolean {
    const now = asyncScheduler.now();
    const waitMs = this.#window.waitMs(now);
    if (waitMs === 0) return true;
    this.#timer ??= asyncScheduler.schedule(() => {
      this.#timer = undefined;
      this.#window.waited(now, asyncScheduler.now(), waitMs);
      this.#relay.drain();
    }, waitMs);
    return false;
  }

  passing(): void {
    this.#window.passed(asyncScheduler.now());
  }

  closed(): void {
    this.#timer?.unsubscribe();
  }
}
