import type { Observable, Subscriber } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import { Place } from '../engine/lineup.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';

/** The operator a call runs for. */
export interface CallHost<T> {
  /** True while its output is held. */
  isHeld(): boolean;
  /** Takes in a result of the call; false when that has failed the call. */
  bring(call: RunningCall<T>, result: unknown): boolean;
  end(call: RunningCall<T>): void;
  fail(call: RunningCall<T>, reason: unknown): void;
  /** Resumes the call when the output is open. */
  rest(call: RunningCall<T>): void;
  /** Does what can be done now. */
  drain(): void;
}

/** One value's call: it runs, then, for good, is over. */
export class RunningCall<T> extends Place implements CallListener {
  readonly input: T;
  readonly index: number;
  /** It has ended, failed or been cancelled; whatever it still reports is ignored. */
  #isOver = false;
  readonly #host: CallHost<T>;
  #cancel: (() => void) | undefined;
  /** Of a result that streams: its subscriber, and the holds on what it comes from. */
  #stream: Subscriber<unknown> | undefined;
  #holds: Holds | undefined;

  constructor(host: CallHost<T>, input: T, index: number) {
    super();
    this.#host = host;
    this.input = input;
    this.index = index;
  }

  /** Takes the way to cancel it, which comes too late when it has been cancelled inside its start. */
  begun(cancel: (() => void) | undefined): void {
    if (!this.#isOver) this.#cancel = cancel;
    else if (!this.ended) cancel?.();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel?.();
    this.#leaveStream();
  }

  started(): void {
    // Room for the value was counted when the call was made.
  }

  result(value: unknown): void {
    if (this.#isOver) return;
    if (this.#host.bring(this, value)) this.#end();
    this.#host.drain();
  }

  failed(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.fail(this, error);
    this.#leaveStream();
    this.#host.drain();
  }

  stream(values$: Observable<unknown>): void {
    if (this.#isOver) return;
    const holds = (this.#holds = new Holds());
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
        if (this.#isOver) return;
        this.#end();
        this.#host.drain();
      },
    }));
    outsideDelivery(() => values$.subscribe(stream));
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
    this.#isOver = true;
    this.#host.end(this);
  }

  #leaveStream(): void {
    this.#stream?.unsubscribe();
    this.#holds?.releaseAll();
  }
}
