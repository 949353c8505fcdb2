import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { createValve, type SourceValve } from '../backpressure/create-valve.js';
import { currentValve } from '../backpressure/current-valve.js';
import { Holds } from '../backpressure/holds.js';
import type { Valve } from '../backpressure/valve.js';
import { Fifo } from '../engine/fifo.js';
import { subscriberFor } from '../subscriber-for.js';

/** How an operator that passes values on, one after another, differs from the others that do. */
export interface RelayPolicy<In> {
  /** The source has brought a value, under `valve` or under none. Puts what is to be passed on into the relay. */
  accept(value: In, valve: Valve | undefined): void;
  /** True while the source may bring another value. When it turns true by itself, the policy calls `drain`. */
  hasRoom(): boolean;
  /** True while the next waiting value may pass. When it turns true by itself, the policy calls `drain`. */
  mayPass?(): boolean;
  /** Called on subscription, in place of subscribing to the source: it calls `connect` when it is time. */
  starts?(): void;
  /** A value has been taken and is about to be delivered. */
  passing?(): void;
  /** The output is open and nothing waits. */
  starved?(): void;
  /** The source has ended: the last moment to put something. */
  sourceEnded?(): void;
  /** Over, for whatever reason: timers and subscriptions end here. */
  closed?(): void;
}

/**
 * The operator behind `prefetch`, `collect`, `pace`, `onDemand` and `timeoutAsSentinel`: a queue between a source that it
 * holds and a consumer that holds it.
 */
export function relayed<In, Out>(makePolicy: (relay: Relay<In, Out>) => RelayPolicy<In>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      const relay = new Relay<In, Out>(source, subscriber, makePolicy);
      subscriber.add(() => {
        relay.close();
      });
      relay.open();
    });
}

export class Relay<In, Out> {
  readonly valve: SourceValve = createValve(() => {
    this.drain();
  });
  readonly #upstream: Observable<In>;
  readonly #subscriber: Subscriber<Out>;
  readonly #policy: RelayPolicy<In>;
  readonly #source: Subscriber<In>;
  /** Values that wait to be taken, oldest first. */
  readonly #queue = new Fifo<Out>();
  /** A value that was taken and is not delivered yet. It keeps completion and errors waiting as the queue does. */
  #inHand = false;
  #hand: Out | undefined;
  /** Holds on the source. None is kept while there is room. */
  readonly #holds = new Holds();
  #end: 'none' | 'complete' | 'error' = 'none';
  #error: unknown;
  /** The end comes even though values wait that may not pass. */
  #abandoning = false;
  /** True while `drain` is on the stack, so that whatever happens inside it only changes the state. */
  #draining = false;
  #closed = false;

  constructor(source: Observable<In>, subscriber: Subscriber<Out>, makePolicy: (relay: Relay<In, Out>) => RelayPolicy<In>) {
    this.#upstream = source;
    this.#subscriber = subscriber;
    this.#source = subscriberFor<In>({
      next: (value) => {
        this.#take(value);
      },
      error: (error) => {
        this.#policy.sourceEnded?.();
        this.end('error', error);
      },
      complete: () => {
        this.#policy.sourceEnded?.();
        this.end('complete');
      },
    });
    this.#policy = makePolicy(this);
  }

  /** How many values wait, without the one that is being delivered. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** True when nothing waits and nothing is being delivered. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && !this.#inHand;
  }

  /** Subscribes to the source. */
  connect(): void {
    if (!this.#closed) this.#upstream.subscribe(this.#source);
  }

  open(): void {
    if (this.#policy.starts === undefined) this.connect();
    else this.#policy.starts();
  }

  put(value: Out): void {
    this.#queue.push(value);
  }

  /** Takes a waiting value out, undelivered; position 0 is the oldest. */
  dropAt(position: number): Out | undefined {
    return this.#queue.removeAt(position);
  }

  /**
   * Leaves the source. The end comes after what waits; with `abandon`, after what waits and may pass.
   */
  end(kind: 'complete' | 'error', error?: unknown, abandon = false): void {
    if (this.#end !== 'none' || this.#closed) return;
    this.#end = kind;
    this.#error = error;
    this.#abandoning = abandon;
    this.#leaveSource();
    this.drain();
  }

  /** Does whatever can be done now, one step after another, until nothing can. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (!this.#closed && this.#step());
    } finally {
      this.#draining = false;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#policy.closed?.();
    this.#queue.clear();
    this.#hand = undefined;
    this.#leaveSource();
  }

  #step(): boolean {
    if (this.#holds.size > 0 && this.#policy.hasRoom()) {
      this.#holds.releaseOldest();
      return true;
    }
    if (this.valve.held) return false;
    if (this.#inHand) {
      const value = this.#hand as Out;
      this.#inHand = false;
      this.#hand = undefined;
      this.valve.next(this.#subscriber, value);
      return true;
    }
    if (this.#queue.length > 0 && (this.#policy.mayPass?.() ?? true)) {
      this.#hand = this.#queue.shift();
      this.#inHand = true;
      this.#policy.passing?.();
      return true;
    }
    if (this.#end === 'none') {
      if (this.#queue.length === 0) this.#policy.starved?.();
    } else if (this.#queue.length === 0 || this.#abandoning) this.#finish();
    return false;
  }

  #finish(): void {
    const kind = this.#end;
    this.close();
    if (kind === 'error') this.valve.error(this.#subscriber, this.#error);
    else this.valve.complete(this.#subscriber);
  }

  #take(value: In): void {
    if (this.#closed || this.#end !== 'none') return;
    const current = currentValve();
    // What the consumer feeds back inside a delivery comes under this relay's own valve: no source that could be held.
    const valve = current === this.valve ? undefined : current;
    this.#policy.accept(value, valve);
    this.drain();
    if (!this.#closed && this.#end === 'none' && !this.#policy.hasRoom()) this.#holds.take(valve);
  }

  /** Unsubscribes before it releases: a source that is let go must not find its old subscriber listening. */
  #leaveSource(): void {
    this.#source.unsubscribe();
    this.#holds.leaveAll();
  }
}
