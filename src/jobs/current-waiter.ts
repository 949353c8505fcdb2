import { makeScope } from '#platform';
import { describeTask } from '../executors/describe-task.js';
import type { TaskCall } from '../executors/executor.js';
import type { InlineCall } from '../executors/inline-call.js';
import { contextStore, useContextStore } from '../worker/current-task.js';
import { Waiter } from './wait-graph.js';

const scope = makeScope<Waiter>();

/** Whose call it is, for calls that are jobs. */
const waiterOf = new WeakMap<TaskCall, Waiter>();

let following = false;

/** The job whose function is running, or has left something running, as far as the platform can tell. */
export function currentWaiter(): Waiter | undefined {
  return scope.get();
}

/** Does `work` as part of the job that `waiter` stands for, or of none. */
export function runAs<R>(waiter: Waiter | undefined, work: () => R): R {
  return scope.run(waiter, work);
}

/** What `call` does on this thread is done by `waiter`. */
export function worksFor(call: TaskCall, waiter: Waiter): void {
  waiterOf.set(call, waiter);
  if (following) return;
  following = true;
  const store = contextStore();
  useContextStore({
    get: () => store.get(),
    run: (context, work, argument) => scope.run(waiterIn(context), () => store.run(context, work, argument)),
  });
}

/** A call on this thread, as far as it is used here. */
type CallHere = Pick<InlineCall, 'call' | 'executor' | 'hasWaited' | 'whenOver'>;

/** Who does what is done in `context`: a job, or a call that is none. */
function waiterIn(context: object): Waiter | undefined {
  if (!('whenOver' in context)) return scope.get();
  const { call, executor, hasWaited } = context as CallHere;
  const job = waiterOf.get(call);
  if (job !== undefined) return job;
  const waiter = new Waiter(`a call of ${describeTask(call)}`);
  waiter.take(executor);
  // Who calls waits for what comes of it. A call that had to wait is begun by whoever made room for it.
  const caller = hasWaited ? undefined : scope.get();
  caller?.wait(waiter);
  (context as CallHere).whenOver(() => {
    caller?.stopWaiting(waiter);
    waiter.end();
  });
  return waiter;
}
