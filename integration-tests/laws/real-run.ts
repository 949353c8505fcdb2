import { type Observable, Subscription } from 'rxjs';
import * as core from 'rxjs-background';
import * as pressure from 'rxjs-background/backpressure';
import { consume, type ConsumerSpec, type Outcome } from '../../marble-tests/laws/consumer.js';
import type { Run } from '../../marble-tests/laws/virtual-run.js';
import { World, type Clock, type Library } from '../../marble-tests/laws/world.js';

/** A pipeline that has not ended by then never will. */
const patienceMs = 10_000;

export const library: Library = { ...core, ...pressure };

/** Time as it is: 0 is a microtask, 1 an immediate, anything else a timer of a millisecond. */
export class RealClock implements Clock {
  /** Timers of the pipeline that have neither gone off nor been stopped. */
  running = 0;
  /** The same of the test itself. */
  #own = 0;
  #whenDone: (() => void) | undefined;

  after(delay: number, work: () => void): Subscription {
    this.running++;
    const timer = new Subscription(() => this.running--);
    start(delay, () => {
      if (timer.closed) return;
      timer.unsubscribe();
      work();
    });
    return timer;
  }

  afterwards(delay: number, work: () => void): void {
    this.#own++;
    start(delay, () => {
      work();
      if (--this.#own === 0) this.#whenDone?.();
    });
  }

  promise<T>(delay: number, work: () => T): PromiseLike<T> {
    return new Promise((resolve, reject) => {
      start(delay, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Resolves when the test itself has nothing more to do. */
  done(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDone = resolve;
      this.afterwards(1, () => undefined);
    });
  }
}

function start(delay: number, work: () => void): void {
  if (delay === 0) queueMicrotask(work);
  else if (delay === 1) setImmediate(work);
  else setTimeout(work, 1);
}

/** What the pipeline has left behind, once its end has been over for a turn of the event loop. */
export function checkLeavings(world: World, clock: RealClock): void {
  if (clock.running > 0) world.broken(`${String(clock.running)} timers run after the end`);
  for (const thing of world.stillOpen()) world.broken(`left open: ${thing}`);
  for (const valve of world.valves) if (valve.held) world.broken('a valve is held for good');
  if (pressure.currentValve() !== undefined) world.broken('a valve is current outside any delivery');
}

/** Runs a pipeline to its end in real time and looks at everything it may not do or leave behind. */
export async function runReally(
  build: (world: World) => Observable<number>,
  consumer: ConsumerSpec,
  strict: boolean,
): Promise<Run> {
  const clock = new RealClock();
  const world = new World(clock, library);
  let outcome: Outcome | undefined;
  await new Promise<void>((resolve) => {
    const patience = setTimeout(() => {
      world.broken('it hangs');
      resolve();
    }, patienceMs);
    const quiet = (): void => {
      world.lookWhileQuiet();
      if (patience.hasRef()) setImmediate(quiet).unref();
    };
    outcome = consume(world, build(world), consumer, strict, () => {
      patience.unref();
      clearTimeout(patience);
      resolve();
    });
    setImmediate(quiet).unref();
  });
  await clock.done();
  checkLeavings(world, clock);
  return { outcome: outcome as Outcome, violations: world.violations };
}
