import type { Observable, Observer, Subscriber } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import type { Valve } from '../backpressure/valve.js';
import { CallPlace } from '../engine/call-place.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';

/** The operator a call runs for. */
export interface CallHost<T> {
  /** The valve of its output. */
  readonly valve: Valve;
  /** Makes what is to be emitted of a result. A throw is the call's failure. */
  select(call: RunningCall<T>, result: unknown): unknown;
  bring(call: RunningCall<T>, value: unknown): void;
  end(call: RunningCall<T>): void;
  fail(call: RunningCall<T>, reason: unknown): void;
  /** Resumes the call when the output is open. */
  rest(call: RunningCall<T>): void;
  /** Does what can be done now. */
  drain(): void;
}

/** One value's call: running, then, for good, over. */
export class RunningCall<T> extends CallPlace implements CallListener {
  readonly input: T;
  readonly index: number;
  readonly #run: CallHost<T>;
  /** It has ended, failed or been given up; whatever it still reports is ignored. */
  #over = false;
  /** It is over and has not ended by itself: it is to be cancelled, or, inside its start, as soon as that is possible. */
  #cut = false;
  #cancel: (() => void) | undefined;
  #stream: CallStream | undefined;

  constructor(run: CallHost<T>, input: T, index: number) {
    super();
    this.#run = run;
    this.input = input;
    this.index = index;
  }

  /** Takes the way to cancel it. */
  begun(cancel: (() => void) | undefined): void {
    if (this.#cut) cancel?.();
    else if (!this.#over) this.#cancel = cancel;
  }

  /** It is not wanted any more. {@link stop} follows, once all that are not wanted know. */
  giveUp(): void {
    if (!this.#over) this.#over = this.#cut = true;
  }

  /** Cancels it when it has been given up. Safe to repeat. */
  stop(): void {
    if (!this.#cut) return;
    const cancel = this.#cancel;
    this.#cancel = undefined;
    this.#stream?.leave();
    cancel?.();
  }

  result(value: unknown): void {
    if (this.#over) return;
    if (this.#take(value)) this.#end();
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#run.fail(this, error);
    this.#stream?.leave();
    this.#run.drain();
  }

  stream(values$: Observable<unknown>): void {
    if (this.#over) return;
    this.#stream = new CallStream({
      next: (value) => {
        this.#next(value);
      },
      error: (error) => {
        this.failed(error);
      },
      complete: () => {
        if (!this.#over) this.#end();
      },
    });
    this.#stream.follow(values$);
  }

  /** One of its values has been delivered. */
  delivered(): void {
    if (this.#stream?.held === true && this.waiting === 0) this.#run.rest(this);
  }

  /** Lets its stream go on, unless something of its waits. */
  resume(): void {
    if (this.waiting === 0) this.#stream?.release();
  }

  /** A value of its stream. */
  #next(result: unknown): void {
    if (this.#over) return;
    const valve = currentValve();
    if (!this.#take(result)) {
      this.stop();
      return;
    }
    this.#run.drain();
    // What comes inside a delivery of the operator itself comes under the operator's own valve. That is not the stream's.
    if (this.#over || valve === undefined || valve === this.#run.valve) return;
    if (this.waiting > 0) this.#stream?.hold(valve);
    else if (this.#run.valve.held) {
      this.#stream?.hold(valve);
      this.#run.rest(this);
    }
  }

  /** Takes in a result; false when that has ended the call. */
  #take(result: unknown): boolean {
    let value: unknown;
    try {
      value = this.#run.select(this, result);
    } catch (error) {
      // A stream has more to bring, which nobody wants now; a single result is the end of its call.
      if (!this.#over) this.#cut = this.#stream !== undefined;
      this.failed(error);
      return false;
    }
    if (this.#over) return false;
    this.#run.bring(this, value);
    return true;
  }

  /** It has ended in peace. Its stream holds nothing any more, as there is nothing more to hold back. */
  #end(): void {
    this.#over = true;
    this.#run.end(this);
    this.#stream?.leave();
    this.#run.drain();
  }
}

/** A call's stream, and the holds on what it comes from. */
class CallStream {
  readonly #holds = new Holds();
  readonly #subscriber: Subscriber<unknown>;

  constructor(observer: Observer<unknown>) {
    this.#subscriber = subscriberFor(observer);
  }

  get held(): boolean {
    return this.#holds.size > 0;
  }

  follow(values$: Observable<unknown>): void {
    outsideDelivery(() => values$.subscribe(this.#subscriber));
  }

  hold(valve: Valve): void {
    this.#holds.take(valve);
  }

  release(): void {
    this.#holds.releaseAll();
  }

  leave(): void {
    this.#subscriber.unsubscribe();
    this.#holds.leaveAll();
  }
}
