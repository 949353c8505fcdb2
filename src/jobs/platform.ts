import type { Executor } from '../executors/executor.js';

/** Follows who is at work, as far as the platform can. */
export interface Scope<T> {
  get(): T | undefined;
  run<R>(current: T | undefined, work: () => R): R;
}

/** What an interruption of the process stops. */
export interface Interruptible {
  /** Cancels what runs, and starts nothing more. Called once. */
  stop(signal: string): void;
  /** Whose workers have to be gone. */
  executors(): Iterable<Executor>;
  /** What is to be done before the process leaves. */
  readonly cleanUp: ((signal: string) => unknown) | undefined;
}

/** A scope that is known as long as `work` is on the stack, and not behind an `await`. */
export function makeScope<T>(): Scope<T> {
  let current: T | undefined;
  return {
    get: () => current,
    run(inside, work) {
      const outside = current;
      current = inside;
      try {
        return work();
      } finally {
        current = outside;
      }
    },
  };
}

/** Has an interruption stop `interruptible` and end the process. Returns what takes that back. */
export function stopOnInterrupt(where: string, _interruptible: Interruptible): () => void {
  throw new TypeError(`${where}: handleInterrupt is for programs on Node; leave it out here.`);
}
