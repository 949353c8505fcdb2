import type { Observable } from 'rxjs';
import { aBoolean, aFunction, checkValue, type Rules } from '../options.js';
import type { CallSite } from '../call-site.js';
import type { Arrivals } from './arrivals.js';
import type { Lane, LaneHost, LaneOptions } from './lane.js';
import type { TaskFunction } from './task-function.js';

/**
 * A place where tasks run. This file is the one contract behind every such place; operators know nothing else.
 *
 * What every executor owes:
 * - every call settles, exactly once, whatever dies;
 * - never more than `capacity` calls at once; the rest wait in the executor's own queue, first come, first served;
 * - a slot counts as free only when whatever ran in it has really ended;
 * - a cancelled call reports nothing more, and is really stopped;
 * - its own state changes before it tells a listener anything, since a listener may start the next call at once.
 */
export interface Executor {
  /** For messages: where the tasks run, such as `threads(tasks.js)`. */
  readonly name: string;
  /** How many calls it runs at once. Read at each admission, since it may change. */
  readonly capacity: number;
  /** True when it begins whatever it is given, and `capacity` is only how many calls operators give it at once by themselves. */
  readonly isUnbounded?: boolean;
  /** How many calls could start right now; 0 while any call waits. */
  readonly free: number;
  /** True when arguments and results are copied on their way: another thread, another machine. */
  readonly crossesBoundary: boolean;

  /**
   * Starts the call, or queues it until there is room. The listener may be told everything before this returns.
   *
   * @returns cancels the call: dropped when queued, stopped when running, nothing once settled. Safe to repeat.
   */
  execute(call: TaskCall, listener: CallListener): () => void;

  /**
   * Opens a way to send many values in few messages. Left out where that gains nothing.
   *
   * Its calls count like others, and wait their turn with them.
   */
  openLane?(options: LaneOptions, host: LaneHost): CallLane;

  /**
   * Tells a running call that it should come to an end by itself: its task reads `stopped`. Its `signal` is left alone,
   * and its outcome still counts. An executor that cannot tell leaves this out.
   */
  finishSoon?(call: TaskCall): void;

  /**
   * Calls `listener` whenever there may be more room than before: a slot has come free, or the capacity has grown. Never
   * while `free` is 0, as it is again once another listener has taken the room.
   *
   * @returns stops that, at once: inside another listener, too.
   */
  onRoom(listener: () => void): () => void;

  /** Resolves when every worker has loaded the task module; rejects with `WorkerStartError` when that cannot be. */
  ready(): Promise<void>;

  /**
   * Refuses new calls from now on, finishes what was given before, then lets every worker go. Safe to repeat.
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * A lane, and a way to make single calls for its owner, such as further attempts: they count as calls of the lane, and go
 * before its values.
 */
export interface CallLane extends Lane {
  readonly execute: Executor['execute'];
}

/** One call of a task, as an operator hands it to an executor. */
export interface TaskCall {
  /** The task's name in the executor's module, or a self-contained function. */
  readonly task: string | TaskFunction;
  readonly args: readonly unknown[];
  /** 1 for the first attempt, 2 for the first retry, and so on. */
  readonly attempt: number;
  /** Position of the value in its stream, for messages. */
  readonly index?: number;
  /** What to move instead of copying, where something can be moved. */
  readonly transfer?: readonly unknown[];
  /** Where the call was asked for, for the stacks of errors. */
  readonly site?: CallSite | undefined;
  /** How long a cancelled call may take to end by itself before its worker is killed; default 100. */
  readonly graceMs?: number;
  /** How many values of a result that streams may have left their worker and not been delivered; default 16. */
  readonly streamAhead?: number;
}

/**
 * How a call ends: exactly one of `result`, `stream` and `failed`, after `started`. None of them after a cancel.
 */
export interface CallListener {
  /** It has left the queue and runs from now on: timeouts count from here. Not told when it fails before that. */
  started?(): void;
  result(value: unknown): void;
  /**
   * The result streams. The slot is taken until the stream has ended or been unsubscribed. Subscribe once, at once.
   *
   * @param arrivals - left out where values come no sooner than they are wanted.
   */
  stream(values$: Observable<unknown>, arrivals?: Arrivals): void;
  failed(error: unknown): void;
}

export interface CloseOptions {
  /** Cuts short what runs and drops what waits, with `ExecutorClosedError`. Default `false`. */
  readonly force?: boolean;
  /** Forces after this long. Default: never. */
  readonly timeoutMs?: number;
}

/** What of an executor no operator can do without. */
const members = {
  execute: aFunction,
  onRoom: aFunction,
  capacity: ['count', 0, Infinity],
  free: ['count', 0, Infinity],
} as const satisfies Rules;

/** Throws when what was given as an executor is none. */
export function checkExecutor(where: string, executor: Executor): void {
  const given = executor as unknown as Readonly<Record<keyof typeof members, unknown>>;
  const { execute, onRoom, capacity, free } = given;
  // Asked for each pipeline that is made.
  const isOne =
    typeof execute === 'function' &&
    typeof onRoom === 'function' &&
    typeof capacity === 'number' &&
    typeof free === 'number';
  if (isOne) return;
  for (const [name, rule] of Object.entries(members)) {
    checkValue(where, `executor.${name}`, given[name as keyof typeof members], rule);
  }
}

/** The rules that every executor's `close` holds its options to. */
export const closeRules: Rules = { force: aBoolean, timeoutMs: ['duration'] };
