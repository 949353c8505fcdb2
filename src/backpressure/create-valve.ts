import { exchangeValve, outsideDelivery, withValve } from './current-valve.js';
import { asapScheduler } from 'rxjs';
import type { Valve } from './valve.js';
import { later, type Release } from './release-later.js';

/** The part of a subscriber that a valve delivers to. */
interface Receiver<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** A valve as its owner, the source, holds it. */
export interface SourceValve extends Valve {
  /** Delivers a value with this valve current. The source asks `held` first: a held source is silent. */
  next<T>(subscriber: Receiver<T>, value: T): void;
  /** Delivers an error with this valve current. */
  error(subscriber: Receiver<never>, error: unknown): void;
  /** Delivers the completion with this valve current. */
  complete(subscriber: Receiver<never>): void;
}

/** Told of every change of `held`, before the source is told to go on. */
type Watcher = () => void;

const watchers: unique symbol = Symbol.for('rxjs-background.valve/1.watchers') as never;

class CountingValve implements SourceValve {
  readonly [watchers] = new Set<Watcher>();
  /** Holds taken and not yet released. */
  #holds = 0;
  readonly #onOpen: () => void;

  constructor(onOpen: () => void) {
    this.#onOpen = onOpen;
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  hold(): Release {
    let released = false;
    if (++this.#holds === 1) this.#tell();
    return (when) => {
      if (released) return;
      released = true;
      if (--this.#holds > 0) return;
      this.#tell();
      if (when === later) asapScheduler.schedule(this.#open);
      else this.#open();
    };
  }

  readonly #open = (): void => {
    if (this.#holds === 0) outsideDelivery(this.#onOpen);
  };

  next<T>(subscriber: Receiver<T>, value: T): void {
    const previous = exchangeValve(this);
    try {
      subscriber.next(value);
    } finally {
      exchangeValve(previous);
    }
  }

  error(subscriber: Receiver<never>, error: unknown): void {
    withValve(this, () => {
      subscriber.error(error);
    });
  }

  complete(subscriber: Receiver<never>): void {
    withValve(this, () => {
      subscriber.complete();
    });
  }

  #tell(): void {
    if (this[watchers].size > 0) for (const watcher of this[watchers]) watcher();
  }
}

/**
 * Makes the valve of a new source. For authors of sources and operators that buffer.
 *
 * The contract of a source that owns a valve: deliver values, errors and the completion through it; before each, look
 * at `held`, and while it is true deliver nothing and begin nothing new; go on when `onOpen` is called.
 *
 * @param onOpen - called, with no valve current, whenever the last hold has been released. It may be called inside a
 *   delivery of this very source (a consumer that releases at once), so it must be safe to re-enter.
 * @example
 * ```ts
 * import { createValve } from 'rxjs-background/backpressure';
 * import { Observable } from 'rxjs';
 *
 * function count(to: number): Observable<number> {
 *   return new Observable((subscriber) => {
 *     let next = 1;
 *     let running = false;
 *     const valve = createValve(run);
 *     function run(): void {
 *       if (running) return;
 *       running = true;
 *       while (!valve.held && !subscriber.closed) {
 *         if (next > to) valve.complete(subscriber);
 *         else valve.next(subscriber, next++);
 *       }
 *       running = false;
 *     }
 *     run();
 *   });
 * }
 * ```
 */
export function createValve(onOpen: () => void): SourceValve {
  return new CountingValve(onOpen);
}

/**
 * Calls `watcher` whenever `valve` becomes held or open, until the returned function is called. A valve of a
 * foreign copy that cannot be watched is never reported.
 */
export function watchValve(valve: Valve, watcher: Watcher): () => void {
  const told = (valve as { readonly [watchers]?: Set<Watcher> })[watchers];
  told?.add(watcher);
  return () => {
    told?.delete(watcher);
  };
}
