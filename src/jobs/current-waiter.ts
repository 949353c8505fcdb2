import { makeScope } from '#platform';
import { describeTask } from '../executors/describe-task.js';
import type { TaskCall } from '../executors/executor.js';
import type { InlineCall } from '../executors/inline-call.js';
import { contextStore, useContextStore, type Running } from '../worker/current-task.js';
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
    getStore: () => store.getStore(),
    run: (running, work, argument) => scope.run(waiterIn(running), () => store.run(running, work, argument)),
    enterWith: (running) => store.enterWith(running),
  });
}

/** A call on this thread, as far as it is used here. */
type CallHere = Pick<InlineCall, 'call' | 'executor' | 'hasWaited' | 'whenOver'>;

/** Who does what `running` does: a job, or a call that is none. */
function waiterIn(running: Running): Waiter | undefined {
  if (typeof running !== 'object' || !('whenOver' in running)) return scope.get();
  const here = running as unknown as CallHere;
  const { call, executor, hasWaited } = here;
  const job = waiterOf.get(call);
  if (job !== undefined) return job;
  const waiter = new Waiter(`a call of ${describeTask(call)}`);
  waiter.take(executor);
  // Who calls waits for what comes of it. A call that had to wait is begun by whoever made room for it.
  const caller = hasWaited ? undefined : scope.get();
  caller?.wait(waiter);
  here.whenOver(() => {
    caller?.stopWaiting(waiter);
    waiter.end();
  });
  return waiter;
}
