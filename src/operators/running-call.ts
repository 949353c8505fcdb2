import type { Observable, Subscriber } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import { makeHolds, type Holds } from '../backpressure/holds.js';
import { Fifo } from '../engine/fifo.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';

/** The operator a call runs for. */
export interface CallHost<T> {
  /** True while its output is held. */
  isHeld(): boolean;
  /** Takes in a result of the call; false when that has failed the call. */
  bring(call: RunningCall<T>, result: unknown): boolean;
  /** Takes in that the call has ended, in peace or, with `hasFailed` set, not. */
  end(call: RunningCall<T>): void;
  /** Resumes the call when the output is open. */
  rest(call: RunningCall<T>): void;
  /** Does what can be done now. */
  drain(): void;
}

/** One value's call, and what it has brought that is not delivered yet. It runs, then, for good, is over. */
export class RunningCall<T> implements CallListener {
  readonly input: T;
  readonly index: number;
  /** It has ended, failed or been cancelled; whatever it still reports is ignored. */
  isOver = false;
  /** It is over, and not because it was cancelled. */
  #hasEnded = false;
  /** It ended with an error; a flag, since the error may be `undefined`. */
  hasFailed = false;
  reason: unknown;
  /** How many of its values are not delivered yet. */
  waiting = 0;
  /** The oldest of them, then the rest, which most calls never need. */
  #oldest: unknown;
  #rest: Fifo<unknown> | undefined;
  readonly #host: CallHost<T>;
  #cancel: (() => void) | undefined;
  /** Of a result that streams: its subscriber, and the holds on what it comes from. */
  #stream: Subscriber<unknown> | undefined;
  #holds: Holds | undefined;

  constructor(host: CallHost<T>, input: T, index: number) {
    this.#host = host;
    this.input = input;
    this.index = index;
  }

  /** Takes the way to cancel it, which comes too late when it has been cancelled inside its start. */
  begun(cancel: (() => void) | undefined): void {
    if (!this.isOver) this.#cancel = cancel;
    else if (!this.#hasEnded) cancel?.();
  }

  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#cancel?.();
    this.#leaveStream();
  }

  started(): void {
    // Room for the value was counted when the call was made.
  }

  result(value: unknown): void {
    if (this.isOver) return;
    if (this.#host.bring(this, value)) this.#end();
    this.#host.drain();
  }

  failed(error: unknown): void {
    if (this.isOver) return;
    this.hasFailed = true;
    this.reason = error;
    this.#end();
    this.#leaveStream();
    this.#host.drain();
  }

  stream(values$: Observable<unknown>): void {
    if (this.isOver) return;
    const holds = (this.#holds = makeHolds());
    const stream = (this.#stream = subscriberFor<unknown>({
      next: (value) => {
        const valve = currentValve();
        if (this.#host.bring(this, value)) this.#host.drain();
        if (stream.closed || (this.waiting === 0 && !this.#host.isHeld())) return;
        holds.take(valve);
        if (this.waiting === 0) this.#host.rest(this);
      },
      error: (error) => {
        this.failed(error);
      },
      complete: () => {
        if (this.isOver) return;
        this.#end();
        this.#host.drain();
      },
    }));
    outsideDelivery(() => values$.subscribe(stream));
  }

  put(value: unknown): void {
    if (this.waiting++ === 0) this.#oldest = value;
    else (this.#rest ??= new Fifo()).push(value);
  }

  take(): unknown {
    const value = this.#oldest;
    this.#oldest = --this.waiting > 0 ? this.#rest?.shift() : undefined;
    return value;
  }

  /** One of its values has been delivered. */
  delivered(): void {
    if (this.waiting === 0 && this.#holds !== undefined && this.#holds.size > 0) this.#host.rest(this);
  }

  /** Lets its stream go on, unless something of its waits again. */
  resume(): void {
    if (this.waiting === 0) this.#holds?.releaseAll();
  }

  #end(): void {
    this.isOver = this.#hasEnded = true;
    this.#host.end(this);
  }

  #leaveStream(): void {
    this.#stream?.unsubscribe();
    this.#holds?.releaseAll();
  }
}
