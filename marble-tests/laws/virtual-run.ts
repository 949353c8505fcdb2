import fc from 'fast-check';
import { asyncScheduler, type Observable, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import * as pressure from '../../src/backpressure/index.js';
import * as core from '../../src/index.js';
import { consume, type ConsumerSpec, type Outcome } from './consumer.js';
import { World, type Clock } from './world.js';

/** A pipeline that has not ended by then never will. */
const endOfTime = 20_000;

/** Virtual time, and what the test itself has scheduled in it. */
class VirtualClock implements Clock {
  readonly scheduler = new TestScheduler(() => undefined);
  /** Scheduled by the test or by a promise: it may outlive the pipeline. */
  readonly #own = new Set<unknown>();

  after(delay: number, work: () => void): Subscription {
    return asyncScheduler.schedule(work, delay);
  }

  afterwards(delay: number, work: () => void): void {
    const action: Subscription = this.scheduler.schedule(() => {
      this.#own.delete(action);
      work();
    }, delay);
    this.#own.add(action);
  }

  promise<T>(delay: number, work: () => T): PromiseLike<T> {
    let settled:
      | ((
          ok: ((value: T) => unknown) | null | undefined,
          failed: ((error: unknown) => unknown) | null | undefined,
        ) => void)
      | undefined;
    const waiting: (() => void)[] = [];
    this.afterwards(delay, () => {
      try {
        const value = work();
        settled = (ok) => ok?.(value);
      } catch (error) {
        settled = (_, failed) => failed?.(error);
      }
      for (const tell of waiting) tell();
    });
    const then = (
      ok?: ((value: T) => unknown) | null,
      failed?: ((error: unknown) => unknown) | null,
    ): PromiseLike<never> => {
      const tell = (): void => settled?.(ok, failed);
      if (settled === undefined) waiting.push(tell);
      else this.afterwards(0, tell);
      return { then: () => ({ then }) } as unknown as PromiseLike<never>;
    };
    return { then } as PromiseLike<T>;
  }

  /** Timers of the pipeline that still run. */
  timersOfPipeline(): number {
    return this.scheduler.actions.filter((action) => !this.#own.has(action)).length;
  }

  /** Calls `look` in every frame, with nothing else on the stack, until it returns false. */
  watch(look: () => boolean): void {
    const tick = (): void => {
      if (look()) this.afterwards(1, tick);
    };
    this.afterwards(0, tick);
  }
}

export interface Run {
  readonly outcome: Outcome;
  readonly violations: readonly string[];
}

/** Runs a pipeline to its end in virtual time and looks at everything it may not do or leave behind. */
export function runVirtually(
  build: (world: World) => Observable<number>,
  consumer: ConsumerSpec,
  strict: boolean,
): Run {
  const clock = new VirtualClock();
  const world = new World(clock, { ...core, ...pressure });
  let outcome: Outcome | undefined;
  flushed(clock.scheduler, () => {
    let ended = false;
    const checkLeavings = (): void => {
      if (clock.timersOfPipeline() > 0) world.broken(`${String(clock.timersOfPipeline())} timers run after the end`);
      for (const thing of world.stillOpen().filter((name) => !name.startsWith('hold')))
        world.broken(`left open: ${thing}`);
    };
    outcome = consume(world, build(world), consumer, strict, () => {
      ended = true;
      clock.afterwards(1, checkLeavings);
    });
    clock.watch(() => {
      world.lookWhileQuiet();
      if (ended) return false;
      if (clock.scheduler.frame < endOfTime && clock.scheduler.actions.length > 0) return true;
      world.broken('it hangs');
      clock.scheduler.actions.length = 0;
      return false;
    });
  });
  for (const thing of world.stillOpen()) world.broken(`left open for good: ${thing}`);
  for (const valve of world.valves) if (valve.held) world.broken('a valve is held for good');
  if (pressure.currentValve() !== undefined) world.broken('a valve is current outside any delivery');
  return { outcome: outcome as Outcome, violations: world.violations };
}

/**
 * Runs `work` and everything it has scheduled. Where a timer and an immediate are due in one frame, and the immediate stops the
 * timer, RxJS's test scheduler runs the immediate in the timer's turn, finds nothing in the immediate's, and throws; such
 * a run shows nothing.
 */
function flushed(scheduler: TestScheduler, work: () => void): void {
  try {
    scheduler.run(work);
  } catch (error) {
    fc.pre(!(error instanceof Error && error.message === 'Expected a due immediate or interval'));
    throw error;
  }
}
