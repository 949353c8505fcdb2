import { ExecutorClosedError } from '../../errors.js';
import type { CloseOptions } from '../executor.js';

/** The end of an executor: asked for once or more often, in peace or by force, and over once. */
export class Closing {
  readonly #executor: string;
  /** What every `close()` returns; set by the first. */
  #promise: Promise<void> | undefined;
  /** Settles it; `undefined` before and after. */
  #settle: ((errors: readonly unknown[]) => void) | undefined;

  /** @param executor - its name, for messages. */
  constructor(executor: string) {
    this.#executor = executor;
  }

  /** It has been asked for: no call is taken from then on. */
  get asked(): boolean {
    return this.#promise !== undefined;
  }

  get pending(): boolean {
    return this.#settle !== undefined;
  }

  /** @param force - cuts short what there still is. */
  ask(options: CloseOptions, force: () => void): Promise<void> {
    this.#promise ??= this.#begin();
    if (options.force === true) force();
    else if (options.timeoutMs !== undefined && this.pending) {
      const timer = setTimeout(force, options.timeoutMs);
      const clear = (): void => {
        clearTimeout(timer);
      };
      this.#promise.then(clear, clear);
    }
    return this.#promise;
  }

  /** Everything is gone; `errors` are what disposing threw. */
  over(errors: readonly unknown[]): void {
    this.#settle?.(errors);
    this.#settle = undefined;
  }

  /** The error of what is asked of an executor that is closed. */
  error(): ExecutorClosedError {
    return new ExecutorClosedError(`${this.#executor} is closed; make a new one.`);
  }

  /** The error of a call that came too late. */
  readonly refusal = (described: string): ExecutorClosedError =>
    new ExecutorClosedError(`${this.#executor} is closed and takes no call of ${described}; make a new one.`);

  /** The error of a call that was there, and had to go. */
  readonly cutShort = (described: string): ExecutorClosedError =>
    new ExecutorClosedError(`${this.#executor} was closed by force before ${described} had finished.`);

  #begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (errors) => {
        if (errors.length === 0) resolve();
        else if (errors.length === 1) reject(errors[0]);
        else reject(new AggregateError(errors, `dispose() failed in ${String(errors.length)} workers.`));
      };
    });
  }
}
