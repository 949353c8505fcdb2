import type { Observable } from 'rxjs';
import type { JobState } from './job-life.js';

/**
 * A task that has been started, once, whoever waits for it: a future that can be cancelled.
 *
 * It can be awaited, like a promise, and watched, like a stream; both give its outcome however late they ask. A failure
 * that nobody has asked for is reported as an unhandled rejection is. A job that waits for another which, through any chain
 * of jobs, waits for it gets a `DeadlockError`.
 */
export interface Job<out R> extends Pick<Promise<R>, 'then' | 'catch' | 'finally'> {
  /** 1, 2, 3 … in the order of starting, over all jobs of this thread. */
  readonly id: number;
  readonly state: JobState;
  /**
   * Its result, now or when it comes, and then the end; or its error. Unsubscribing lets the job go on: it runs for
   * everybody. Of a task that streams it is the last value.
   */
  readonly result$: Observable<R>;
  /**
   * Ends it, unless it is over: dropped when queued, stopped when running. Whoever waits for it gets a
   * `TaskCancelledError`; nobody has to.
   */
  cancel(): void;
}
