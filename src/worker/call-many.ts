import { isThenable } from '../sources/thenable.js';
import type { KnownTask } from './known-task.js';
import type { MessageRun } from './message-run.js';
import type { Pace } from './pace.js';
import type { SharedCells } from './shared-cells.js';
import { streamKind } from './streams.js';
import type { WorkerCall } from './worker-call.js';

/** Calls of a plain task that come one right after another. */
export interface Many {
  readonly run: MessageRun;
  readonly task: KnownTask;
  /** What shows whichever of them is running. */
  readonly call: WorkerCall;
  readonly pace: Pace;
  readonly cells: SharedCells;
}

/** There is no call whose result has yet to be looked at. */
export const over: unique symbol = Symbol('over');

/**
 * Makes calls in the asynchronous context of now, until there is something to tell, or one of them is not plain after all: its
 * result is returned. What a call throws goes to the caller, too.
 */
export function callMany({ run, task, call, pace, cells }: Many): unknown {
  for (;;) {
    if (cells.begin(run.serial, pace.time, Math.min(pace.stride, run.left) - 1)) {
      const value = run.call();
      if (call.isSettled) return value;
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
        if (isThenable(value) || streamKind(value) !== undefined) return value;
        if (task.results.mayChange(value)) run.isOwed = true;
      }
      run.result(value, undefined);
    } else run.skip();
    if (run.isDone || run.isOwed) return over;
    if (cells.isHurried()) pace.hurry();
    if (pace.step() && run.mustTell(pace.time)) return over;
  }
}
