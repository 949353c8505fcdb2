import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { createValve, type SourceValve } from '../backpressure/create-valve.js';
import { currentValve, exchangeValve } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import { outsideDelivery } from '../backpressure/outside-delivery.js';
import { Fifo } from '../engine/fifo.js';
import { Lineup } from '../engine/lineup.js';
import type { CallListener } from '../executors/executor.js';
import { subscriberFor } from '../subscriber-for.js';
import { RunningCall, type CallHost } from './running-call.js';

/**
 * Begins the call for one value and tells the listener how it ends.
 *
 * @returns cancels it; not called once the listener was told the end.
 */
export type StartCall<T> = (value: T, index: number, listener: CallListener) => (() => void) | undefined;

export interface MapCallsSettings<T, Out> {
  readonly ordered: boolean;
  /** Calls at once; read at each admission. */
  concurrency(): number;
  /** Values started and not yet delivered; read at each admission. */
  maxPending(): number;
  readonly start: StartCall<T>;
  /** True: it starts nothing while its output is held. Else it goes on up to `maxPending()`. */
  readonly waitsWhileHeld?: boolean;
  /** Applied to each result, here. */
  readonly select?: ((result: never, input: T, index: number) => Out) | undefined;
  /** Calls back when `concurrency()` may have grown. */
  readonly onRoom?: ((listener: () => void) => () => void) | undefined;
}

/**
 * The operator behind `asyncMap`, `backgroundMap`, `expandFetch` and `flatten`: starts a call for each value, bounded, and
 * emits what the calls bring.
 */
export function mapCalls<T, Out>(settings: MapCallsSettings<T, Out>): OperatorFunction<T, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      const run = new MapRun<T, Out>(subscriber, settings);
      subscriber.add(() => {
        run.close();
      });
      run.open(source);
    });
}

class MapRun<T, Out> implements CallHost<T> {
  readonly #subscriber: Subscriber<Out>;
  readonly #settings: MapCallsSettings<T, Out>;
  readonly valve: SourceValve = createValve(() => {
    this.drain();
  });
  /** The pending calls. Its size never exceeds `maxPending()` when the source is pausable. */
  readonly #lineup: Lineup<RunningCall<T>>;
  /** Values that came while there was no room, from sources that cannot be held. Empty while there is room. */
  readonly #inbox = new Fifo<T>();
  /** Holds on the source. None is kept while there is room, nor after its end. */
  readonly #holds = new Holds();
  /** Calls whose streams are held though nothing of theirs waits: to be let go when the output is open. */
  readonly #resting = new Fifo<RunningCall<T>>();
  readonly #source: Subscriber<T>;
  #sourceEnd: 'none' | 'complete' | 'error' = 'none';
  #sourceError: unknown;
  /** Calls begun and not ended. Never more than `concurrency()` at an admission. */
  #running = 0;
  #started = 0;
  /** A call has failed: nothing is started any more, and the source is left. */
  #doomed = false;
  /** True while `drain` is on the stack, so that whatever happens inside it only changes the state. */
  #draining = false;
  #closed = false;
  readonly #stopWatchingRoom: (() => void) | undefined;

  constructor(subscriber: Subscriber<Out>, settings: MapCallsSettings<T, Out>) {
    this.#subscriber = subscriber;
    this.#settings = settings;
    this.#lineup = new Lineup<RunningCall<T>>(settings.ordered);
    this.#source = subscriberFor<T>({
      next: (value) => {
        this.#admit(value);
      },
      error: (error) => {
        this.#sourceError = error;
        this.#endSource('error');
      },
      complete: () => {
        this.#endSource('complete');
      },
    });
    this.#stopWatchingRoom = settings.onRoom?.(() => {
      this.drain();
    });
  }

  open(source: Observable<T>): void {
    source.subscribe(this.#source);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatchingRoom?.();
    this.#inbox.clear();
    // Newest first: the slot that one of them gives back must not start another that is about to be cancelled.
    this.#leave([...this.#lineup].reverse());
  }

  select(call: RunningCall<T>, result: unknown): unknown {
    const { select } = this.#settings;
    return select === undefined ? result : outsideDelivery(() => select(result as never, call.input, call.index));
  }

  bring(call: RunningCall<T>, value: unknown): void {
    this.#lineup.put(call, value);
  }

  /** A call has ended in peace. */
  end(call: RunningCall<T>): void {
    this.#running--;
    this.#lineup.end(call);
  }

  fail(call: RunningCall<T>, reason: unknown): void {
    this.#running--;
    this.#doomed = true;
    this.#lineup.fail(call, reason);
    this.#inbox.clear();
    this.#leave(this.#lineup.outdoneBy(call));
  }

  rest(call: RunningCall<T>): void {
    this.#resting.push(call);
  }

  /** Does whatever can be done now, one step after another, until nothing can. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    const previous = exchangeValve(undefined);
    try {
      while (!this.#closed && this.#step());
    } finally {
      this.#draining = false;
      exchangeValve(previous);
    }
  }

  #step(): boolean {
    const front = this.#lineup.front();
    if (this.#inbox.length > 0) {
      if (this.#hasRoom()) {
        this.#start(this.#inbox.shift() as T);
        return true;
      }
    } else if (this.#holds.size > 0 && this.#hasRoom()) {
      this.#holds.releaseOldest();
      return true;
    }
    if (this.valve.held) return false;
    if (front !== undefined) {
      this.#deliver(front);
      return true;
    }
    if (this.#resting.length > 0) {
      this.#resting.shift()?.resume();
      return true;
    }
    if (this.#sourceEnd !== 'none' && this.#lineup.size === 0 && this.#inbox.length === 0) this.#finish();
    return false;
  }

  #deliver(front: RunningCall<T>): void {
    if (front.waiting > 0) {
      const value = this.#lineup.take(front) as Out;
      this.valve.next(this.#subscriber, value);
      front.delivered();
      return;
    }
    this.close();
    this.valve.error(this.#subscriber, front.reason);
  }

  #finish(): void {
    this.close();
    if (this.#sourceEnd === 'error') this.valve.error(this.#subscriber, this.#sourceError);
    else this.valve.complete(this.#subscriber);
  }

  #admit(value: T): void {
    if (this.#closed || this.#doomed) return;
    const valve = currentValve();
    if (this.#inbox.length > 0 || !this.#hasRoom()) this.#inbox.push(value);
    else this.#start(value);
    this.drain();
    // What a consumer feeds back inside a delivery comes under the valve of this very delivery, whose end makes room.
    if (valve === this.valve || this.#closed || this.#doomed) return;
    if (this.#inbox.length > 0 || !this.#hasRoom()) this.#holds.take(valve);
  }

  /** Lets go of a source that has ended: where it was shared, others are still to be served. */
  #endSource(how: 'complete' | 'error'): void {
    this.#sourceEnd = how;
    this.#holds.leaveAll();
    this.drain();
  }

  #hasRoom(): boolean {
    if (this.#doomed || (this.#settings.waitsWhileHeld === true && this.valve.held)) return false;
    return this.#running < this.#settings.concurrency() && this.#lineup.size < this.#settings.maxPending();
  }

  #start(value: T): void {
    const call = new RunningCall(this, value, this.#started++);
    this.#running++;
    this.#lineup.add(call);
    const previous = exchangeValve(undefined);
    try {
      call.begun(this.#settings.start(value, call.index, call));
    } catch (error) {
      call.failed(error);
    } finally {
      exchangeValve(previous);
    }
  }

  /**
   * Leaves the source and the calls that are not wanted any more. Everyone knows before anyone is told, and the source is
   * unsubscribed before it is released: one that is let go must not find its old subscriber listening.
   */
  #leave(unwanted: readonly RunningCall<T>[]): void {
    for (const call of unwanted) call.giveUp();
    this.#source.unsubscribe();
    this.#holds.leaveAll();
    for (const call of unwanted) call.stop();
  }
}
