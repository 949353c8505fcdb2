import type { CallListener, Executor, TaskCall } from 'rxjs-background';

export type CallOutcome = { readonly value: unknown } | { readonly error: unknown };

/** A call of an executor, with everything its listener was told. */
export interface RecordedCall {
  /** `started`, `result` and so on, in order. */
  readonly told: string[];
  readonly started: Promise<void>;
  /** How it ended. Never settles for one that was cancelled. */
  readonly outcome: Promise<CallOutcome>;
  cancel(): void;
}

/** Starts a call without an operator in between. */
export function recordedCall(
  executor: Executor,
  task: TaskCall['task'],
  args: readonly unknown[] = [],
  more: Partial<TaskCall> = {},
): RecordedCall {
  const told: string[] = [];
  let cancel: () => void = () => undefined;
  let started: () => void;
  const hasStarted = new Promise<void>((resolve) => (started = resolve));
  const outcome = new Promise<CallOutcome>((resolve) => {
    const listener: CallListener = {
      started: () => {
        told.push('started');
        started();
      },
      result: (value) => {
        told.push('result');
        resolve({ value });
      },
      stream: () => {
        told.push('stream');
      },
      failed: (error) => {
        told.push('failed');
        resolve({ error });
      },
    };
    cancel = executor.execute({ task, args, attempt: 1, ...more }, listener);
  });
  return { told, started: hasStarted, outcome, cancel: () => cancel() };
}
