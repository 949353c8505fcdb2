import { Observable, type Subscriber } from 'rxjs';
import { createValve, type SourceValve } from '../backpressure/create-valve.js';
import { outsideDelivery } from '../backpressure/outside-delivery.js';

/** How one pull is answered: exactly one of these, at once or later. Further answers are ignored. */
export interface PullAnswer<T> {
  value(value: T): void;
  error(error: unknown): void;
  end(): void;
}

/** Where a {@link pullLoop} gets its values. */
export interface Puller<T> {
  /** Begins to bring the next value. Never called again before it has answered. A throw is an `error` answer. */
  pull(answer: PullAnswer<T>): void;
  /** The subscriber has gone, perhaps while a pull is unanswered, perhaps inside `pull`. Not called after the end. */
  close(): void;
}

/**
 * A source that pulls one value at a time, while its valve is open.
 *
 * `open` is called for each subscription; what it throws is the stream's error.
 */
export function pullLoop<T>(open: () => Puller<T>): Observable<T> {
  return new Observable((subscriber) => {
    const puller = outsideDelivery(open);
    const loop = new PullLoop(puller, subscriber);
    subscriber.add(() => {
      loop.close();
    });
    loop.run();
  });
}

type State = 'idle' | 'asked' | 'value' | 'error' | 'ended' | 'closed';

class PullLoop<T> implements PullAnswer<T> {
  readonly #puller: Puller<T>;
  readonly #subscriber: Subscriber<T>;
  readonly #valve: SourceValve = createValve(() => {
    this.run();
  });
  /** `asked`: a pull is unanswered. `value`, `error`, `ended`: an answer waits for delivery. */
  #state: State = 'idle';
  /** The answer that waits, in the states `value` and `error`. */
  #answer: unknown;
  /** True while `run` is on the stack, so that answers and openings inside it only change the state. */
  #running = false;

  constructor(puller: Puller<T>, subscriber: Subscriber<T>) {
    this.#puller = puller;
    this.#subscriber = subscriber;
  }

  value(value: T): void {
    this.#take('value', value);
  }

  error(error: unknown): void {
    this.#take('error', error);
  }

  end(): void {
    this.#take('ended', undefined);
  }

  close(): void {
    const ended = this.#state === 'closed' || this.#state === 'error' || this.#state === 'ended';
    this.#state = 'closed';
    this.#answer = undefined;
    if (!ended) this.#puller.close();
  }

  run(): void {
    if (this.#running) return;
    this.#running = true;
    while (this.#state !== 'asked' && this.#state !== 'closed' && !this.#valve.held) {
      if (this.#state === 'idle') this.#pull();
      else this.#deliver();
    }
    this.#running = false;
  }

  #take(state: State, answer: unknown): void {
    if (this.#state !== 'asked') return;
    this.#state = state;
    this.#answer = answer;
    this.run();
  }

  #pull(): void {
    this.#state = 'asked';
    try {
      outsideDelivery(() => {
        this.#puller.pull(this);
      });
    } catch (error) {
      this.error(error);
    }
  }

  #deliver(): void {
    const answer = this.#answer;
    const state = this.#state;
    this.#answer = undefined;
    if (state === 'value') {
      this.#state = 'idle';
      this.#valve.next(this.#subscriber, answer as T);
      return;
    }
    this.#state = 'closed';
    if (state === 'error') this.#valve.error(this.#subscriber, answer);
    else this.#valve.complete(this.#subscriber);
  }
}
