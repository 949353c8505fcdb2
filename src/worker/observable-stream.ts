import { currentValve } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import { Fifo } from '../engine/fifo.js';
import type { StreamingCall, TaskStream } from './streaming-call.js';

/** What every Observable is, whichever library it is of. */
export interface Subscribable {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): {
    unsubscribe(): void;
  };
}

/** An Observable's values. It is held while there is no room for more; what cannot be held waits here. */
export class ObservableStream implements TaskStream {
  readonly #open: () => Subscribable;
  readonly #call: StreamingCall;
  /** Values for which there was no room. */
  readonly #waiting = new Fifo<unknown>();
  readonly #holds = new Holds();
  #subscription: { unsubscribe(): void } | undefined;
  /** The Observable has ended, and values wait. */
  #ending: { readonly failure: { readonly error: unknown } | undefined } | undefined;
  #isOver = false;

  constructor(open: () => Subscribable, call: StreamingCall) {
    this.#open = open;
    this.#call = call;
  }

  start(): void {
    if (this.#call.isStopped()) {
      this.#leave();
      return;
    }
    try {
      const subscription = this.#call.within(() =>
        this.#open().subscribe({
          next: (value) => {
            this.#next(value);
          },
          error: (error) => {
            this.#close({ error });
          },
          complete: () => {
            this.#close(undefined);
          },
        }),
      );
      if (this.#isOver) subscription.unsubscribe();
      else this.#subscription = subscription;
    } catch (error) {
      this.#close({ error });
    }
  }

  goOn(): void {
    const { outbox } = this.#call;
    while (!outbox.isFull && this.#waiting.length > 0) this.#send(this.#waiting.shift());
    while (!outbox.isFull && this.#holds.size > 0) this.#holds.releaseOldest();
    if (this.#isOver) return;
    this.#endIfEmpty();
  }

  stop(): void {
    if (!this.#isOver) this.#leave();
  }

  #next(value: unknown): void {
    if (this.#isOver || this.#ending !== undefined) return;
    const { outbox, isStopped } = this.#call;
    if (isStopped()) {
      this.#leave();
      return;
    }
    if (outbox.isFull || this.#waiting.length > 0) this.#waiting.push(value);
    else this.#send(value);
    // Sending it may have failed.
    if (outbox.isFull && !(this.#isOver as boolean)) this.#holds.take(currentValve());
  }

  #send(value: unknown): void {
    try {
      this.#call.outbox.add(value);
    } catch (error) {
      this.#leave({ error });
    }
  }

  #close(failure: { readonly error: unknown } | undefined): void {
    if (this.#isOver || this.#ending !== undefined) return;
    this.#ending = { failure };
    this.#endIfEmpty();
  }

  #endIfEmpty(): void {
    if (this.#ending === undefined || this.#waiting.length > 0) return;
    this.#isOver = true;
    this.#call.ended(this.#ending.failure);
  }

  #leave(failure?: { readonly error: unknown }): void {
    this.#isOver = true;
    this.#waiting.clear();
    try {
      this.#subscription?.unsubscribe();
    } catch {
      // Nobody's, as with everything that has been stopped.
    }
    this.#holds.leaveAll();
    this.#call.ended(failure);
  }
}
