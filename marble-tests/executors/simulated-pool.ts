import { ThreadsExecutor } from '../../src/executors/threads/threads-executor.js';
import { longestMs } from '../../src/options.js';

/** Timers of an executor, in virtual time. */
export class SimulatedTimers {
  readonly #active = new Set<object>();
  readonly #after: (ms: number, work: () => void) => void;
  readonly #real = { setTimeout, clearTimeout, setInterval, clearInterval };

  constructor(after: (ms: number, work: () => void) => void) {
    this.#after = after;
    const set = (work: () => void, ms = 0): object => {
      const timer = { ref: () => timer, unref: () => timer };
      // What only keeps the process alive never fires.
      if (ms >= longestMs) return timer;
      this.#active.add(timer);
      this.#after(ms, () => {
        if (this.#active.delete(timer)) work();
      });
      return timer;
    };
    const clear = (timer: object | undefined): void => {
      if (timer !== undefined) this.#active.delete(timer);
    };
    Object.assign(globalThis, { setTimeout: set, setInterval: set, clearTimeout: clear, clearInterval: clear });
  }

  get active(): number {
    return this.#active.size;
  }

  restore(): void {
    Object.assign(globalThis, this.#real);
  }
}

/** An executor of threads. Where threads are simulated, it runs in virtual time. */
export function simulatedPool(size: { readonly most: number; readonly spare: number; readonly graceMs: number }): ThreadsExecutor {
  return new ThreadsExecutor({
    ...size,
    executor: 'simulated',
    module: 'tasks.js',
    data: undefined,
    resourceLimits: undefined,
    startTimeoutMs: 1000,
    idleTimeoutMs: undefined,
  });
}
