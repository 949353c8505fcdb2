import { Subject, type Observable } from 'rxjs';
import type { CallListener, Executor, TaskCall } from '../../src/executors/executor.js';

/** One call of an executor, and what its listener was told, in order. */
export interface Listened {
  readonly told: unknown[];
  /** What it was told, as it is told, for marbles. */
  readonly told$: Observable<unknown>;
  cancel(): void;
}

/** Gives `executor` a call and notes what its listener is told. */
export function listen(executor: Executor, call: Partial<TaskCall> & Pick<TaskCall, 'task'>): Listened {
  const told: unknown[] = [];
  const told$ = new Subject<unknown>();
  const note = (what: unknown): void => {
    told.push(what);
    told$.next(what);
  };
  const listener: CallListener = {
    started: () => note('started'),
    result: (value) => note(['result', value]),
    stream: (values$) => {
      note('stream');
      values$.subscribe({
        next: (value) => note(['next', value]),
        error: (error: unknown) => note(['error', error]),
        complete: () => note('complete'),
      });
    },
    failed: (error) => note(['failed', error]),
  };
  const cancel = executor.execute({ args: [], attempt: 1, ...call }, listener);
  return { told, told$: told$.asObservable(), cancel };
}
