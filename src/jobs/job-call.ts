import type { TaskBinding } from '../executors/task.js';
import type { TaskCall } from '../executors/executor.js';

/** What a job hears of its call: `started` first, if at all, and then one of the others, unless it is cancelled. */
export interface JobCallListener {
  started(): void;
  /** Does what is part of the job, though not of its function: reading a result that streams. */
  within(work: () => void): void;
  done(value: unknown): void;
  failed(error: unknown): void;
}

/** Calls a task for a job, and returns what cancels it. Of a result that streams the last value counts. */
export function callForJob({ executor }: TaskBinding, call: TaskCall, listener: JobCallListener): () => void {
  return executor.execute(call, {
    started: () => {
      listener.started();
    },
    result: (value) => {
      listener.done(value);
    },
    stream: (values$) => {
      let last: unknown;
      listener.within(() => {
        values$.subscribe({
          next: (value) => {
            last = value;
          },
          error: (error: unknown) => {
            listener.failed(error);
          },
          complete: () => {
            listener.done(last);
          },
        });
      });
    },
    failed: (error) => {
      listener.failed(error);
    },
  });
}
