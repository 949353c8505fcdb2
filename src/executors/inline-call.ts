import { Observable } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { LazyCallContext } from '../call-context.js';
import { streamOf } from '../sources/stream-of.js';
import { isThenable } from '../sources/thenable.js';
import { reporting } from '../reporting.js';
import { subscriberFor } from '../subscriber-for.js';
import { runAsTask } from '../worker/current-task.js';
import type { TaskContext } from '../worker/task-context.js';
import type { CallListener, Executor, TaskCall } from './executor.js';
import type { TaskFunction } from './task-function.js';

/** What a call tells the executor that admitted it. */
interface Slot {
  readonly executor: Executor;
  /** Gives back the slot or the place in the queue, before the listener is told anything. */
  leave(): void;
  /** The listener has been told. */
  left(): void;
}

/** One call on this thread: waiting, then running, then, for good, settled. */
export class InlineCall implements TaskContext {
  readonly call: TaskCall;
  readonly data: unknown;
  /** It did not begin when it was made. */
  hasWaited = false;
  readonly #work: TaskFunction;
  readonly #listener: CallListener;
  readonly #slot: Slot;
  readonly #lazy: LazyCallContext;
  #settled = false;
  #stopped = false;
  #finishSoon = false;
  /** Told when it gives back its slot. */
  readonly #onEnd: (() => void)[] = [];
  /** Where an error goes: the listener, or the subscriber of a result that streams. */
  #fail: (error: unknown) => void;
  /** Unsubscribes from a result that streams. */
  #leaveStream: () => void = () => undefined;

  constructor(call: TaskCall, work: TaskFunction, data: unknown, listener: CallListener, slot: Slot) {
    this.call = call;
    this.data = data;
    this.#work = work;
    this.#listener = listener;
    this.#slot = slot;
    this.#lazy = new LazyCallContext(call.index ?? 0);
    this.#fail = (error) => {
      listener.failed(error);
    };
  }

  get signal(): AbortSignal {
    return this.#lazy.signal;
  }

  get stopped(): boolean {
    return this.#stopped || this.#finishSoon;
  }

  get attempt(): number {
    return this.call.attempt;
  }

  get executor(): Executor {
    return this.#slot.executor;
  }

  /** Has `listener` told when it is over. */
  whenOver(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  start(): void {
    this.#listener.started?.();
    if (this.#settled) return;
    let result: unknown;
    try {
      result = outsideDelivery(() => runAsTask(this, (work) => work(...this.call.args), this.#work));
      if (isThenable(result)) {
        result.then((value) => {
          this.#finish(value);
        }, this.#failed);
        return;
      }
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#finish(result);
  }

  /** Its task should come to an end. */
  finishSoon(): void {
    this.#finishSoon = true;
  }

  /** Stops it without a word. */
  cancel(): void {
    this.#settle(() => {
      this.#stop();
    });
  }

  /** Stops it with an error. */
  cut(error: unknown): void {
    this.#settle(() => {
      this.#stop();
      this.#fail(error);
    });
  }

  readonly #failed = (error: unknown): void => {
    this.#settle(() => {
      this.#fail(error);
    });
  };

  #finish(result: unknown): void {
    if (this.#settled) return;
    const values$ = streamOf(result);
    if (values$ !== undefined) {
      this.#listener.stream(this.#holdingSlot(values$));
      return;
    }
    this.#settle(() => {
      this.#listener.result(result);
    });
  }

  /** The stream of a result, which has its slot until it ends or is unsubscribed. */
  #holdingSlot(values$: Observable<unknown>): Observable<unknown> {
    return new Observable((subscriber) => {
      this.#fail = (error) => {
        subscriber.error(error);
      };
      subscriber.add(() => {
        this.cancel();
      });
      const values = subscriberFor<unknown>({
        next: (value) => {
          subscriber.next(value);
        },
        error: (error) => {
          this.#settle(() => {
            subscriber.error(error);
          });
        },
        complete: () => {
          this.#settle(() => {
            subscriber.complete();
          });
        },
      });
      this.#leaveStream = () => {
        values.unsubscribe();
      };
      if (!this.#settled) values$.subscribe(values);
    });
  }

  #stop(): void {
    this.#stopped = true;
    this.#lazy.abort();
    this.#leaveStream();
  }

  #settle(tell: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#slot.leave();
    for (const listener of this.#onEnd) listener();
    reporting(tell);
    this.#slot.left();
  }
}
