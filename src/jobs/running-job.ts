import { text } from '#messages';
import { Observable } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { callSite } from '../call-site.js';
import { DeadlockError, TaskCancelledError } from '../errors.js';
import type { TaskCall } from '../executors/executor.js';
import type { TaskBinding } from '../executors/task.js';
import { reporting } from '../reporting.js';
import { currentWaiter, runAs, worksFor } from './current-waiter.js';
import { callForJob } from './job-call.js';
import { JobLife, type JobEnd, type JobState } from './job-life.js';
import type { Job } from './job.js';
import { Waiter, type Places } from './wait-graph.js';

let latestId = 0;

/** One job: its life, its call, and who waits for it. */
export class RunningJob<R> implements Job<R> {
  readonly id: number;
  readonly result$: Observable<R>;
  /** Its name and number, for messages. */
  readonly label: string;
  readonly #binding: TaskBinding;
  readonly #call: TaskCall;
  readonly #life = new JobLife<R>();
  readonly #waiter: Waiter;
  /** Its outcome for those who await it. Rejected with nobody listening, it is reported by the platform. */
  readonly #outcome: Promise<R>;
  /** Cancels its call; `undefined` until that has been made. */
  #cancelCall: (() => void) | undefined;

  /** @param above - what was called to start it: where that was is told in its error's stack. */
  constructor(binding: TaskBinding, args: readonly unknown[], above: (...args: never) => unknown) {
    const { executor, task } = binding;
    const name = typeof task === 'string' ? task : task.name;
    this.id = ++latestId;
    this.label = `job ${String(this.id)}${name === '' ? '' : ` (${name})`}`;
    this.#binding = { executor, task };
    this.#call = { task, args, attempt: 1, ...(executor.crossesBoundary ? { site: callSite(above) } : {}) };
    this.#waiter = new Waiter(this.label);
    this.#outcome = new Promise((resolve, reject) => {
      this.#life.listen((end) => {
        if (end.state === 'done') resolve(end.value);
        else reject(end.error);
      });
    });
    this.result$ = new Observable((subscriber) => {
      subscriber.add(this.#join());
      this.#observed();
      const waiter = currentWaiter();
      const stop = this.#life.listen((end) => {
        runAs(waiter, () => {
          // There are others to be told.
          reporting(() => {
            if (end.state === 'done') {
              subscriber.next(end.value);
              subscriber.complete();
            } else subscriber.error(end.error);
          });
        });
      });
      subscriber.add(stop);
    });
  }

  get state(): JobState {
    return this.#life.state;
  }

  get executor(): TaskBinding['executor'] {
    return this.#binding.executor;
  }

  /** It has to wait until it gets one of `places`. */
  queueFor(places: Places): void {
    const circle = this.#waiter.queue(places);
    if (circle !== undefined) this.#end({ state: 'failed', error: deadlockError(circle) });
  }

  /** It has got one of `places`, and keeps it until it is over. */
  take(places: Places): void {
    this.#waiter.take(places);
  }

  /** Resolves when it is over, or as soon as it needs the job that asks to go on first. */
  ended(): Promise<void> {
    const waiter = currentWaiter();
    return new Promise((resolve) => {
      waiter?.waitUnlessNeeded(this.#waiter, resolve);
      this.#life.listen(() => {
        waiter?.stopWaiting(this.#waiter);
        resolve();
      });
    });
  }

  /** Gives it to its executor. */
  launch(begun: () => void = () => undefined): void {
    const { executor } = this.#binding;
    worksFor(this.#call, this.#waiter);
    const cancelCall = callForJob(this.#binding, this.#call, {
      started: () => {
        this.take(executor);
        this.#life.begin();
        begun();
      },
      within: (work) => {
        runAs(this.#waiter, work);
      },
      done: (value) => {
        this.#end({ state: 'done', value: value as R });
      },
      failed: (error) => {
        this.#end({ state: 'failed', error });
      },
    });
    // Over already: by itself, or cancelled inside its own call.
    if (this.#life.over) cancelCall();
    else this.#cancelCall = cancelCall;
    if (this.state === 'queued') this.queueFor(executor);
  }

  /** Tells `listener` when it is over, at once if it is. */
  whenOver(listener: (end: JobEnd<R>) => void): void {
    this.#life.listen(listener);
  }

  finishSoon(): void {
    this.executor.finishSoon?.(this.#call);
  }

  cancel(): void {
    if (this.#life.over) return;
    this.#observed();
    this.#end({ state: 'cancelled', error: new TaskCancelledError(text('cancelled', this.label)) });
  }

  then<A = R, B = never>(
    onfulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#awaited().then(onfulfilled, onrejected);
  }

  catch<B = never>(onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.#awaited().catch(onrejected);
  }

  finally(onfinally?: (() => void) | null): Promise<R> {
    return this.#awaited().finally(onfinally);
  }

  #awaited(): Promise<R> {
    try {
      this.#life.listen(this.#join());
      return this.#outcome;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Has the job that asks, if one does, wait for this one, and returns what ends that. Throws when neither could go on. */
  #join(): () => void {
    const waiter = this.#life.over ? undefined : currentWaiter();
    const circle = waiter?.wait(this.#waiter);
    if (circle !== undefined) throw deadlockError(circle);
    return () => {
      waiter?.stopWaiting(this.#waiter);
    };
  }

  /** Somebody hears of its outcome: the platform need not report it. */
  #observed(): void {
    this.#outcome.catch(() => undefined);
  }

  #end(end: JobEnd<R>): void {
    if (!this.#life.finish(end)) return;
    this.#waiter.end();
    this.#cancelCall?.();
    this.#cancelCall = undefined;
    outsideDelivery(() => {
      this.#life.tell();
    });
  }
}

function deadlockError(circle: readonly string[]): DeadlockError {
  return new DeadlockError(text('deadlock', circle.join(' → ')), circle);
}
