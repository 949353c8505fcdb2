import type { Executor, TaskCall } from '../executors/executor.js';

export type CallOutcome = { readonly value: unknown } | { readonly error: unknown };

/** A call of an executor, with everything that its listener was told. */
export interface RecordedCall {
  /** `started`, `result`, `stream` and `failed`, as they came. */
  readonly told: readonly string[];
  readonly started: Promise<void>;
  /** How it ended; never settles for a call that was cancelled, or whose result streams: the stream is not subscribed to. */
  readonly outcome: Promise<CallOutcome>;
  cancel(): void;
}

/** Gives an executor a call and writes down what becomes of it. */
export function recordedCall(
  executor: Executor,
  task: TaskCall['task'],
  args: readonly unknown[] = [],
  more: Partial<TaskCall> = {},
): RecordedCall {
  const told: string[] = [];
  let start: () => void = () => undefined;
  let end: (outcome: CallOutcome) => void = () => undefined;
  const started = new Promise<void>((resolve) => (start = resolve));
  const outcome = new Promise<CallOutcome>((resolve) => (end = resolve));
  const cancel = executor.execute(
    { task, args, attempt: 1, ...more },
    {
      started: () => {
        told.push('started');
        start();
      },
      result: (value) => {
        told.push('result');
        end({ value });
      },
      stream: () => {
        told.push('stream');
      },
      failed: (error) => {
        told.push('failed');
        end({ error });
      },
    },
  );
  return { told, started, outcome, cancel };
}
