/** What every error of this package has: a class of its own and a `code` that stays the same between versions. */
abstract class BackgroundError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
  }
}

/** A `prefetch` with `overflow: 'fail'` had no place left for a value that no valve could hold back. */
export class QueueOverflowError extends BackgroundError {
  readonly code = 'ERR_QUEUE_OVERFLOW';
}

/** One attempt took longer than `timeoutMs`, counted from its start. It was stopped. */
export class TaskTimeoutError extends BackgroundError {
  readonly code = 'ERR_TASK_TIMEOUT';
}

/** The task was cancelled before it had a result. */
export class TaskCancelledError extends BackgroundError {
  readonly code = 'ERR_TASK_CANCELLED';
}

/** The task module has no such task, as only its own exported functions are tasks; or what `background` was given leads to no module. */
export class TaskNotFoundError extends BackgroundError {
  readonly code = 'ERR_TASK_NOT_FOUND';
}

/** An argument or a result cannot cross to or from another thread. */
export class TaskCloneError extends BackgroundError {
  readonly code = 'ERR_TASK_CLONE';
}

/** The worker died while it ran this call. */
export class WorkerCrashError extends BackgroundError {
  readonly code = 'ERR_WORKER_CRASH';
}

/** A worker could not be started: its task module is missing, throws when it is loaded, or never finishes loading. */
export class WorkerStartError extends BackgroundError {
  readonly code = 'ERR_WORKER_START';
}

/** A job would have waited for itself: directly, through other jobs, or through the places that they hold. It was not begun. */
export class DeadlockError extends BackgroundError {
  readonly code = 'ERR_DEADLOCK';
  /** Who waits for whom, by name and number: from the job that closed the circle back to it. */
  readonly circle: readonly string[];

  constructor(message: string, circle: readonly string[] = []) {
    super(message);
    this.circle = circle;
  }
}

/** The executor was closed before or while this call could run. */
export class ExecutorClosedError extends BackgroundError {
  readonly code = 'ERR_EXECUTOR_CLOSED';
}
