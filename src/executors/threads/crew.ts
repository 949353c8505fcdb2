import type { OutcomesMessage, StreamedMessage } from '../../worker/protocol.js';
import { isHopeless, type Death } from './death.js';
import { IdleClock } from './idle-clock.js';
import { Thread, type ThreadListener, type ThreadOptions } from './thread.js';

export interface CrewOptions extends ThreadOptions {
  /** How many threads may work at once. */
  readonly most: number;
  /** How many more are kept warm. */
  readonly spare: number;
  /** After this long without work a thread is let go; `undefined`: never. */
  readonly idleTimeoutMs: number | undefined;
}

/** What a crew tells its executor, each time after its own state has changed. */
export interface CrewListener {
  /** A thread can be taken. */
  available(): void;
  outcomes(thread: Thread, message: OutcomesMessage): void;
  streamed(thread: Thread, message: StreamedMessage): void;
  unreadable(thread: Thread, error: unknown): void;
  /** A thread takes nothing more, and goes once its call is done. */
  retiring(thread: Thread): void;
  /** A thread is no more. */
  gone(thread: Thread, death: Death): void;
  /** No thread can be started, and none is left. */
  stranded(death: Death): void;
  /** Nobody's call failed by it, but it must not pass unheard. */
  warn(message: string, error?: unknown): void;
}

/** Failed starts in a row after which no further thread is started until a new call asks for one. */
const mostTries = 3;

/** Keeps as many threads as are wanted, and never more than `most + spare`, those on their way out included. */
export class Crew implements ThreadListener {
  #most: number;
  readonly #options: CrewOptions;
  readonly #listener: CrewListener;
  /** Every thread that has not exited. */
  readonly #threads = new Set<Thread>();
  /** Loaded threads without a call; the one used last is taken first. */
  readonly #idle: Thread[] = [];
  readonly #clock: IdleClock;
  /** How many threads calls have needed at once; never more than `#most`. */
  #wanted = 0;
  /** Threads in a row that died by themselves before they had run anything. */
  #failures = 0;
  /** No thread is started: too many have failed. */
  #gaveUp = false;
  #dismissed = false;
  readonly #readyWaiters: { resolve: () => void; reject: (death: Death) => void }[] = [];
  #whenEmpty: (() => void) | undefined;
  /** What `dispose` threw in threads that ended while everybody had to go. */
  readonly disposeErrors: unknown[] = [];

  constructor(options: CrewOptions, listener: CrewListener) {
    this.#options = options;
    this.#most = options.most;
    this.#listener = listener;
    this.#clock = new IdleClock(options.idleTimeoutMs, (thread) => {
      this.#letGo(thread);
    });
  }

  /** How many threads can be taken. */
  get idle(): number {
    return this.#idle.length;
  }

  /** Takes an idle thread. It is given back with {@link release}, or dies. */
  take(): Thread | undefined {
    const thread = this.#idle.pop();
    if (thread !== undefined) this.#clock.forget(thread);
    return thread;
  }

  /** The thread's call is done. */
  release(thread: Thread): void {
    if (thread.leaving) return;
    const target = this.#target();
    const areTooMany = this.#threads.size > target && this.#staying() > target;
    if (thread.retiring || this.#dismissed || areTooMany) {
      thread.end(this.#dismissed ? undefined : this.#options.startTimeoutMs);
      return;
    }
    this.#idle.push(thread);
    this.#clock.watch(thread);
  }

  /** So many calls run or wait. A `fresh` one is worth another try after failures. */
  want(calls: number, fresh: boolean): void {
    if (fresh) this.#gaveUp = false;
    if (this.#gaveUp) return;
    this.#wanted = Math.max(this.#wanted, Math.min(calls, this.#most));
    this.#fill();
  }

  resize(most: number): void {
    this.#most = most;
    this.#wanted = Math.min(this.#wanted, most);
    // Who waits for all threads waits for the new ones, too.
    if (this.#readyWaiters.length > 0) this.want(most, true);
    while (this.#idle.length > 0 && this.#staying() > this.#target()) this.take()?.end(this.#options.startTimeoutMs);
    this.#tellReady();
  }

  /** Resolves when all threads there may be are loaded. Rejects with the {@link Death} that kept them from it. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#readyWaiters.push({ resolve, reject });
      this.want(this.#most, true);
      this.#tellReady();
    });
  }

  /** Lets every thread go: in peace, or at once. Calls `whenEmpty` when the last is gone. */
  dismiss(force: boolean, whenEmpty: () => void): void {
    this.#dismissed = true;
    this.#whenEmpty = whenEmpty;
    this.#clock.stop();
    this.#idle.length = 0;
    for (const { reject } of this.#readyWaiters.splice(0)) reject({ by: 'executor' });
    for (const thread of [...this.#threads]) {
      if (force || !thread.loaded) thread.kill();
      else thread.end(undefined);
    }
    this.#tellEmpty();
  }

  loaded(thread: Thread): void {
    this.release(thread);
    this.#tellReady();
    this.#listener.available();
    this.#fill();
  }

  outcomes(thread: Thread, message: OutcomesMessage): void {
    this.#failures = 0;
    if (!thread.killed) this.#listener.outcomes(thread, message);
  }

  streamed(thread: Thread, message: StreamedMessage): void {
    this.#failures = 0;
    if (!thread.killed) this.#listener.streamed(thread, message);
  }

  unreadable(thread: Thread, error: unknown): void {
    if (!thread.killed) this.#listener.unreadable(thread, error);
  }

  late(thread: Thread, error: unknown): void {
    thread.retiring = true;
    this.#listener.warn(
      `A task of ${this.#options.executor} threw after it had ended, while another ran on its thread. The thread will be replaced.`,
      error,
    );
    this.#listener.retiring(thread);
  }

  disposed(_thread: Thread, failure: { readonly error: unknown } | undefined): void {
    if (failure === undefined) return;
    if (this.#dismissed) this.disposeErrors.push(failure.error);
    else
      this.#listener.warn(`dispose() failed in a worker of ${this.#options.executor} that was let go.`, failure.error);
  }

  gone(thread: Thread, death: Death): void {
    this.#threads.delete(thread);
    const position = this.#idle.indexOf(thread);
    if (position !== -1) this.#idle.splice(position, 1);
    this.#clock.forget(thread);
    if (death.by !== 'executor' && !thread.cells.used) this.#countFailure(death);
    else this.#gaveUp = false;
    this.#listener.gone(thread, death);
    if (this.#gaveUp && this.#threads.size === 0) this.#listener.stranded(death);
    this.#fill();
    this.#tellReady();
    this.#tellEmpty();
  }

  #countFailure(death: Death): void {
    this.#failures++;
    if (this.#failures < mostTries && !isHopeless(death)) return;
    this.#gaveUp = true;
    this.#wanted = Math.max(0, this.#staying() - this.#options.spare);
    for (const { reject } of this.#readyWaiters.splice(0)) reject(death);
  }

  /** How many threads there should be. */
  #target(): number {
    return this.#wanted === 0 ? 0 : this.#wanted + this.#options.spare;
  }

  #staying(): number {
    let count = 0;
    for (const thread of this.#threads) if (!thread.leaving) count++;
    return count;
  }

  #fill(): void {
    while (!this.#gaveUp && !this.#dismissed && this.#threads.size < this.#target()) {
      // After a failure, one at a time: it shows whether starting works again.
      if (this.#failures > 0 && this.#starting()) return;
      this.#threads.add(new Thread(this.#options, this));
    }
  }

  #starting(): boolean {
    for (const thread of this.#threads) if (!thread.loaded && !thread.leaving) return true;
    return false;
  }

  /** A thread has been idle for too long. Spare ones stay while others work, all while somebody waits for `ready()`. */
  #letGo(thread: Thread): void {
    const busy = this.#staying() - this.#idle.length;
    const kept = busy > 0 && this.#idle.length <= this.#options.spare;
    if (kept || this.#readyWaiters.length > 0) {
      this.#clock.watch(thread);
      return;
    }
    this.#idle.splice(this.#idle.indexOf(thread), 1);
    this.#wanted = Math.max(busy, this.#wanted - 1, 0);
    thread.end(this.#options.startTimeoutMs);
  }

  #tellReady(): void {
    if (this.#readyWaiters.length === 0) return;
    let count = 0;
    for (const thread of this.#threads) if (thread.loaded && !thread.leaving) count++;
    if (count >= this.#most + this.#options.spare) for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
  }

  #tellEmpty(): void {
    if (this.#dismissed && this.#threads.size === 0) this.#whenEmpty?.();
  }
}
