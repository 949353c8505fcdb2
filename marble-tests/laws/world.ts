import { type MonoTypeOperatorFunction, Observable, type Subscription, tap } from 'rxjs';
import type * as pressure from '../../src/backpressure/index.js';
import type * as core from '../../src/index.js';

/** The package under test: its sources, or the built one. */
export type Library = typeof core & typeof pressure;

/** Where a random pipeline runs: virtual time, or the real one. */
export interface Clock {
  /** Runs `work` after `delay` units of time, 0 being as soon as possible, but not at once. */
  after(delay: number, work: () => void): Subscription;
  /** The same for work of the test itself, which may outlive the pipeline. */
  afterwards(delay: number, work: () => void): void;
  /** A promise, or a thenable that behaves as one, settled with what `work` returns or throws. */
  promise<T>(delay: number, work: () => T): PromiseLike<T>;
}

/** What happens while a pipeline runs: what it has open, and which laws it broke. */
export class World {
  readonly clock: Clock;
  readonly library: Library;
  /** What the prefetches share that share one. */
  readonly budget: core.PrefetchBudget;
  readonly violations: string[] = [];
  /** The stream has ended or been left, so that nothing may begin for it. */
  isOver = false;
  /** Asked at quiet moments, when nothing of the pipeline is on the stack. */
  readonly #whenQuiet: (() => void)[] = [];
  /** Every valve that was current anywhere in the pipeline. */
  readonly valves = new Set<pressure.Valve>();
  readonly #open = new Map<string, number>();

  constructor(clock: Clock, library: Library) {
    this.clock = clock;
    this.library = library;
    this.budget = library.prefetchBudget(4);
  }

  /** Something was opened that has to be closed by the end; call what is returned when it is. */
  opened(name: string): () => void {
    this.#open.set(name, (this.#open.get(name) ?? 0) + 1);
    let closed = false;
    return () => {
      if (closed) return;
      closed = true;
      this.#open.set(name, (this.#open.get(name) ?? 0) - 1);
    };
  }

  stillOpen(): string[] {
    return [...this.#open].flatMap(([name, count]) => (count === 0 ? [] : [`${name} ×${String(count)}`]));
  }

  /** Notes the valves that are current here. */
  probe<T>(): MonoTypeOperatorFunction<T> {
    const note = (): void => {
      const valve = this.library.currentValve();
      if (valve !== undefined) this.valves.add(valve);
    };
    return tap({ next: note, error: note, complete: note });
  }

  /** A stranger's valve, which opens at once when one who leaves lets go, may begin something for nobody. */
  hasStranger = false;

  /** Something begins: a call, or the pull of a value. */
  begins(name: string): void {
    if (this.isOver && !this.hasStranger) this.broken(`${name} began for nobody`);
  }

  broken(law: string): void {
    if (this.violations.length < 10) this.violations.push(law);
  }

  whenQuiet(look: () => void): void {
    this.#whenQuiet.push(look);
  }

  lookWhileQuiet(): void {
    for (const look of this.#whenQuiet) look();
  }

  /** Completes after `delay`, without a value. */
  pause(delay: number): Observable<never> {
    return new Observable((subscriber) => this.clock.after(delay, () => subscriber.complete()));
  }
}

/** The element of `list` that belongs to `value`. */
export function pick<T>(list: readonly T[], value: number): T {
  return list[Math.abs(value) % list.length] as T;
}

/** A number made of two, different for different ones as far as it matters here. */
export function mixed(value: number, salt: number): number {
  return (Math.imul(value, 31) + salt * 7 + 1) % 1_000_003;
}
