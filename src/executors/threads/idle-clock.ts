import type { Thread } from './thread.js';

/** Watches how long threads have been idle, with one timer for all of them, which keeps no process alive. */
export class IdleClock {
  readonly #timeoutMs: number | undefined;
  readonly #onTimeout: (thread: Thread) => void;
  /** Since when each idle thread has been so; the longest first. */
  readonly #since = new Map<Thread, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onTimeout - called once for each thread that has been idle for too long, when it no longer is watched. */
  constructor(timeoutMs: number | undefined, onTimeout: (thread: Thread) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  watch(thread: Thread): void {
    if (this.#timeoutMs === undefined) return;
    this.#since.set(thread, performance.now());
    this.#arm();
  }

  forget(thread: Thread): void {
    if (this.#timeoutMs !== undefined) this.#since.delete(thread);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#since.clear();
  }

  #arm(): void {
    if (this.#timeoutMs === undefined || this.#timer !== undefined) return;
    const [longest] = this.#since.values();
    if (longest === undefined) return;
    const restMs = Math.max(1, longest + this.#timeoutMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ring();
    }, restMs).unref();
  }

  #ring(): void {
    const due = performance.now() - (this.#timeoutMs ?? 0);
    for (const [thread, since] of this.#since) {
      if (since > due) break;
      this.#since.delete(thread);
      this.#onTimeout(thread);
    }
    this.#arm();
  }
}
