import type { Observable, Subscriber } from 'rxjs';
import { currentValve, outsideDelivery } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import type { Valve } from '../backpressure/valve.js';
import { CallPlace } from '../engine/call-place.js';
import type { Fifo } from '../engine/fifo.js';
import type { Lineup } from '../engine/lineup.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';

/** The operator a call runs for. */
export interface CallHost<T> {
  /** The valve of its output. */
  readonly valve: Valve;
  readonly lineup: Pick<Lineup<RunningCall<T>>, 'arrived' | 'end'>;
  /** Calls to be resumed when the output is open. */
  readonly resting: Fifo<RunningCall<T>>;
  /** Makes what is to be emitted of a result; left out: the result. A throw is the call's failure. */
  readonly select: ((result: never, input: T, index: number) => unknown) | undefined;
  /** A call has ended in peace. */
  readonly over: ((call: RunningCall<T>) => void) | undefined;
  readonly fail: (call: RunningCall<T>, reason: unknown) => void;
  /** Does what can be done now. */
  readonly drain: () => void;
}

/** One value's call: running, then, for good, over. */
export class RunningCall<T> extends CallPlace implements CallListener {
  readonly input: T;
  readonly index: number;
  readonly #run: CallHost<T>;
  #cancel: (() => void) | undefined;
  /** Of a result that streams: what takes its values, and the holds on what they come from. */
  #stream: Subscriber<unknown> | undefined;
  #holds: Holds | undefined;

  constructor(run: CallHost<T>, input: T, index: number) {
    super();
    this.#run = run;
    this.input = input;
    this.index = index;
  }

  /** Takes the way to cancel it, which it may have to go at once. */
  begun(cancel: (() => void) | undefined): void {
    if (this.isUnwanted) cancel?.();
    else this.#cancel = cancel;
  }

  /** Cancels it when it is not wanted any more. Safe to repeat. */
  stop(): void {
    if (!this.isUnwanted) return;
    this.onEnd?.();
    const cancel = this.#cancel;
    this.#cancel = undefined;
    this.#leave();
    cancel?.();
  }

  hasEnded(): boolean {
    return this.ended;
  }

  result(value: unknown): void {
    if (this.ended) return;
    if (this.#take(value)) this.#end();
  }

  failed(error: unknown): void {
    if (this.ended) return;
    this.#run.fail(this, error);
    this.#leave();
    this.#run.drain();
  }

  stream(values$: Observable<unknown>): void {
    if (this.ended) return;
    this.#holds = new Holds();
    const subscriber = subscriberFor<unknown>({
      next: (value) => {
        this.#next(value);
      },
      error: (error) => {
        this.failed(error);
      },
      complete: () => {
        if (!this.ended) this.#end();
      },
    });
    this.#stream = subscriber;
    outsideDelivery(() => values$.subscribe(subscriber));
  }

  /** One of its values has been delivered. */
  delivered(): void {
    if ((this.#holds?.size ?? 0) > 0 && this.waiting === 0) this.#run.resting.push(this);
  }

  /** Lets its stream go on. Nothing of its waits: else that would be what comes next. */
  resume(): void {
    this.#holds?.releaseAll();
  }

  /** A value of its stream. */
  #next(result: unknown): void {
    if (this.ended) return;
    const valve = currentValve();
    if (!this.#take(result)) {
      this.stop();
      return;
    }
    this.#run.drain();
    // What comes inside a delivery of the operator itself comes under the operator's own valve. That is not the stream's.
    if (this.ended || valve === this.#run.valve) return;
    if (this.waiting > 0 || this.#run.valve.held) {
      this.#holds?.take(valve);
      this.delivered();
    }
  }

  /** Takes in a result; false when that has ended the call. */
  #take(result: unknown): boolean {
    const { select, lineup } = this.#run;
    let value = result;
    try {
      if (select !== undefined) value = outsideDelivery(() => select(result as never, this.input, this.index));
    } catch (error) {
      // A stream has more to bring, which nobody wants now; a single result is the end of its call.
      if (!this.ended) this.isUnwanted = this.#stream !== undefined;
      this.failed(error);
      return false;
    }
    if (this.ended) return false;
    this.put(value);
    lineup.arrived(this);
    return true;
  }

  /** It has ended in peace. */
  #end(): void {
    this.#run.lineup.end(this);
    this.#run.over?.(this);
    this.#leave();
    this.#run.drain();
  }

  /** Its stream holds nothing any more, as there is nothing more to hold back. */
  #leave(): void {
    this.#stream?.unsubscribe();
    this.#holds?.leaveAll();
  }
}
