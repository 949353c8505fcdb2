import { makeScope } from '#platform';
import type { TaskCall } from '../executors/executor.js';
import { contextStore, useContextStore } from '../worker/current-task.js';
import type { Waiter } from './wait-graph.js';

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
    run: (context, work, argument) => {
      // Calls on this thread know what they were called with; those that are no jobs belong to the job that makes them.
      const { call: made } = context as { readonly call?: TaskCall };
      const inside = (made === undefined ? undefined : waiterOf.get(made)) ?? currentWaiter();
      return scope.run(inside, () => store.run(context, work, argument));
    },
  });
}
