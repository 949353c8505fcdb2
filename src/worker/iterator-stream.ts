import { isThenable } from '../sources/thenable.js';
import type { StreamingCall, TaskStream } from './streaming-call.js';

export type AnyIterator = Iterator<unknown, unknown, undefined> | AsyncIterator<unknown, unknown, undefined>;

/**
 * An iterator's values, asked for one at a time while there is room for them. `asked`: a step is awaited. `left`: it has been
 * told to return, and is over when what it does about that is.
 */
export class IteratorStream implements TaskStream {
  readonly #open: () => AnyIterator;
  readonly #call: StreamingCall;
  #state: 'idle' | 'asked' | 'left' | 'over' = 'idle';
  #iterator: AnyIterator | undefined;
  /** The step that is awaited. */
  #step: PromiseLike<unknown> | undefined;

  constructor(open: () => AnyIterator, call: StreamingCall) {
    this.#open = open;
    this.#call = call;
  }

  start(): void {
    try {
      this.#iterator = this.#open();
    } catch (error) {
      this.#end({ error });
      return;
    }
    this.goOn();
  }

  goOn(): void {
    const { outbox, isStopped, within } = this.#call;
    while (this.#state === 'idle' && !outbox.isFull) {
      if (isStopped()) {
        this.stop();
        return;
      }
      this.#state = 'asked';
      let step: unknown;
      try {
        step = within(() => this.#iterator?.next());
        if (isThenable(step)) {
          // A promise as it is; what else can be awaited may throw, or answer twice.
          this.#wait(Promise.resolve(step));
          return;
        }
      } catch (error) {
        this.#end({ error });
        return;
      }
      this.#answered(step);
    }
  }

  stop(): void {
    if (this.#state === 'idle' || this.#state === 'asked') this.#leave();
  }

  #wait(step: PromiseLike<unknown>): void {
    this.#step = step;
    step.then(
      (result) => {
        this.#step = undefined;
        if (this.#state !== 'asked') return;
        this.#answered(result);
        this.goOn();
      },
      (error: unknown) => {
        this.#step = undefined;
        if (this.#state === 'asked') this.#end({ error });
      },
    );
  }

  #answered(step: unknown): void {
    let result: IteratorResult<unknown, unknown>;
    let value: unknown;
    try {
      if (Object(step) !== step) throw new TypeError(`next() of what a task returned gave no object: ${String(step)}`);
      result = step as typeof result;
      if (result.done === true) {
        this.#end();
        return;
      }
      value = result.value;
    } catch (error) {
      this.#end({ error });
      return;
    }
    this.#state = 'idle';
    try {
      this.#call.outbox.add(value);
    } catch (error) {
      this.#leave({ error });
    }
  }

  /** Has the iterator return. What it throws then is nobody's, as with everything that has been stopped. */
  #leave(failure?: { readonly error: unknown }): void {
    this.#state = 'left';
    const pending = this.#step === undefined ? [] : [this.#step];
    try {
      const returned: unknown = this.#call.within(() => this.#iterator?.return?.());
      if (isThenable(returned)) pending.push(returned);
    } catch {
      // See above.
    }
    if (pending.length === 0) this.#end(failure);
    else
      void Promise.allSettled(pending).then(() => {
        this.#end(failure);
      });
  }

  #end(failure?: { readonly error: unknown }): void {
    this.#state = 'over';
    this.#call.ended(failure);
  }
}
