import { asyncScheduler, type SchedulerAction, type Subscription } from 'rxjs';
import { watchValve } from '../backpressure/create-valve.js';
import type { Valve } from '../backpressure/valve.js';

/** A timer that stands while a valve it looks at is held, so that it measures a source and never its consumer. */
export class Deadline {
  readonly #onDue: () => void;
  readonly #scheduler: Pick<typeof asyncScheduler, 'now' | 'schedule'> = asyncScheduler;
  /** Milliseconds to go from `#since` on; `undefined` when not armed. */
  #left: number | undefined;
  #since = 0;
  /**
   * Exists exactly when armed and nothing is held. It may go off early, when time was added since it was set, and is then
   * set again: a deadline that moves with every value costs no timer for each.
   */
  #timer: Subscription | undefined;
  /** When the timer goes off. */
  #wakesAt = 0;
  readonly #held = new Set<Valve>();
  readonly #watched = new Map<Valve, () => void>();

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Counts `ms` from now on, whatever was counted before. */
  arm(ms: number): void {
    this.#left = ms;
    this.#since = this.#scheduler.now();
    if (this.#timer !== undefined && this.#wakesAt > this.#since + ms) this.#halt();
    if (this.#held.size === 0) this.#run();
  }

  disarm(): void {
    this.#halt();
    this.#left = undefined;
  }

  /** Stands whenever `valve` is held, from now on. */
  look(valve: Valve): void {
    if (this.#watched.has(valve)) return;
    const changed = (held: boolean): void => {
      if (held) {
        this.#held.add(valve);
        this.#stand();
      } else {
        this.#held.delete(valve);
        this.#goOn();
      }
    };
    this.#watched.set(valve, watchValve(valve, changed));
    if (valve.held) changed(true);
  }

  /** Looks at `valve` in place of `former`. */
  lookInstead(former: Valve | undefined, valve: Valve): void {
    if (former === valve) return;
    if (former !== undefined) {
      this.#watched.get(former)?.();
      this.#watched.delete(former);
      this.#held.delete(former);
    }
    this.look(valve);
    this.#goOn();
  }

  /** Ends for good: no timer, nothing watched. */
  close(): void {
    this.disarm();
    for (const unwatch of this.#watched.values()) unwatch();
    this.#watched.clear();
    this.#held.clear();
  }

  #run(): void {
    if (this.#left === undefined || this.#timer !== undefined) return;
    const now = this.#scheduler.now();
    const wait = this.#since + this.#left - now;
    this.#wakesAt = now + wait;
    this.#timer = this.#scheduler.schedule(wake, wait, this);
  }

  #stand(): void {
    if (this.#timer === undefined || this.#left === undefined) return;
    this.#left = Math.max(0, this.#since + this.#left - this.#scheduler.now());
    this.#halt();
  }

  #goOn(): void {
    if (this.#held.size > 0 || this.#timer !== undefined) return;
    this.#since = this.#scheduler.now();
    this.#run();
  }

  #halt(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** The timer has gone off. */
  wake(): void {
    this.#timer = undefined;
    if (this.#left === undefined) return;
    if (this.#since + this.#left > this.#scheduler.now()) {
      this.#run();
      return;
    }
    this.#left = undefined;
    this.#onDue();
  }
}

function wake(this: SchedulerAction<Deadline>, deadline?: Deadline): void {
  deadline?.wake();
}
