import { outsideDelivery, withValve } from './current-valve.js';
import type { Valve } from './valve.js';

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
  /** Holds taken and not yet released. */
  let holds = 0;
  const told = new Set<Watcher>();
  const tell = (): void => {
    for (const watcher of [...told]) watcher();
  };
  const valve: SourceValve & { readonly [watchers]: Set<Watcher> } = {
    [watchers]: told,
    get held() {
      return holds > 0;
    },
    hold() {
      let released = false;
      if (++holds === 1) tell();
      return () => {
        if (released) return;
        released = true;
        if (--holds > 0) return;
        tell();
        if (holds === 0) outsideDelivery(onOpen);
      };
    },
    next(subscriber, value) {
      withValve(valve, () => {
        subscriber.next(value);
      });
    },
    error(subscriber, error) {
      withValve(valve, () => {
        subscriber.error(error);
      });
    },
    complete(subscriber) {
      withValve(valve, () => {
        subscriber.complete();
      });
    },
  };
  return valve;
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
