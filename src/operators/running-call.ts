import type { Observable, Observer, Subscriber } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import { outsideDelivery } from '../backpressure/outside-delivery.js';
import type { Valve } from '../backpressure/valve.js';
import { Place } from '../engine/lineup.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';

/** The operator a call runs for. */
export interface CallHost<T> {
  /** True while its output is held. */
  readonly held: boolean;
  /** Takes in a result of the call; false when that has failed the call. */
  bring(call: RunningCall<T>, result: unknown): boolean;
  end(call: RunningCall<T>): void;
  fail(call: RunningCall<T>, reason: unknown): void;
  /** Resumes the call when the output is open. */
  rest(call: RunningCall<T>): void;
  /** Does what can be done now. */
  drain(): void;
}

/** One value's call: running, then, for good, over. */
export class RunningCall<T> extends Place implements CallListener {
  readonly input: T;
  readonly index: number;
  readonly #run: CallHost<T>;
  /** It has ended, failed or been cancelled; whatever it still reports is ignored. */
  #over = false;
  #cancel: (() => void) | undefined;
  #stream: CallStream | undefined;

  constructor(run: CallHost<T>, input: T, index: number) {
    super();
    this.#run = run;
    this.input = input;
    this.index = index;
  }

  /** Takes the way to cancel it, which comes too late when the call has ended or been cancelled inside its start. */
  begun(cancel: (() => void) | undefined): void {
    if (!this.#over) this.#cancel = cancel;
    else if (!this.ended) cancel?.();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel?.();
    this.#stream?.leave();
  }

  started(): void {
    // Room for the value was counted when the call was made.
  }

  result(value: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#run.bring(this, value)) this.#run.end(this);
    this.#run.drain();
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#run.fail(this, error);
    this.#run.drain();
  }

  stream(values$: Observable<unknown>): void {
    if (this.#over) return;
    this.#stream = new CallStream({
      next: (value) => {
        this.#bring(value);
      },
      error: (error) => {
        this.failed(error);
      },
      complete: () => {
        if (this.#over) return;
        this.#over = true;
        this.#run.end(this);
        this.#run.drain();
      },
    });
    this.#stream.follow(values$);
  }

  /** One of its values has been delivered. */
  delivered(): void {
    if (this.#stream?.held === true && this.waiting === 0) this.#run.rest(this);
  }

  /** Lets its stream go on, unless the output has been held or something of its waits. */
  resume(): void {
    if (this.waiting === 0) this.#stream?.release();
  }

  #bring(value: unknown): void {
    if (this.#over) return;
    const valve = currentValve();
    if (!this.#run.bring(this, value)) {
      this.#over = true;
      this.#stream?.leave();
      this.#run.drain();
      return;
    }
    this.#run.drain();
    if (this.#over || valve === undefined) return;
    if (this.waiting > 0) this.#stream?.hold(valve);
    else if (this.#run.held) {
      this.#stream?.hold(valve);
      this.#run.rest(this);
    }
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
    this.#holds.releaseAll();
  }
}
