import type { TaskBinding } from '../executors/task.js';
import type { TaskCall } from '../executors/executor.js';

/** What a job hears of its call: `started` first, if at all, and then one of the others, unless it is cancelled. */
export interface JobCallListener {
  started(): void;
  done(value: unknown): void;
  failed(error: unknown): void;
}

/** A call under way. */
export interface JobCall {
  cancel(): void;
  /** Asks it to come to an end by itself. */
  finishSoon(): void;
}

/** Calls a task for a job. Of a result that streams the last value counts. */
export function callForJob({ executor }: TaskBinding, call: TaskCall, listener: JobCallListener): JobCall {
  const cancel = executor.execute(call, {
    started: () => {
      listener.started();
    },
    result: (value) => {
      listener.done(value);
    },
    stream: (values$) => {
      let last: unknown;
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
    },
    failed: (error) => {
      listener.failed(error);
    },
  });
  return { cancel, finishSoon: () => executor.finishSoon?.(call) };
}
