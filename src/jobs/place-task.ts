import { defaultExecutor } from '../executors/default-executor.js';
import { checkExecutor, type Executor } from '../executors/executor.js';
import type { TaskFunction } from '../executors/task-function.js';
import { bindingOf, type TaskBinding } from '../executors/task.js';
import { aFunction, checkValue, refuse } from '../options.js';

/** Bindings to whatever the default executor is at the moment: another may be given in its place. */
const byDefault = new WeakSet<TaskBinding>();

/** Binds a function to `executor`, or else to what is the default executor when it is called. */
export function placeFunction(task: TaskFunction, executor: Executor | undefined): TaskBinding {
  if (executor !== undefined) return { executor, task };
  const binding: TaskBinding = {
    get executor() {
      return defaultExecutor();
    },
    task,
  };
  byDefault.add(binding);
  return binding;
}

/**
 * Where a task handle or a function goes when `executor`, if given, is for those that have none of their own.
 *
 * @throws TypeError unless `task` is one of them.
 */
export function placeTask(where: string, task: unknown, executor?: Executor): TaskBinding {
  checkValue(where, 'task', task, aFunction);
  if (executor !== undefined) checkExecutor(where, executor);
  const bound = bindingOf(task);
  if (bound === undefined) return placeFunction(task as TaskFunction, executor);
  if (executor === undefined) return bound;
  if (byDefault.has(bound)) return { executor, task: bound.task };
  return bound;
}

/** {@link placeTask}, where an executor for a task that has its own makes no sense. */
export function placeTaskOnce(where: string, task: unknown, executor: Executor | undefined): TaskBinding {
  const bound = placeTask(where, task, executor);
  refuse(executor !== undefined && bound.executor !== executor, where, 'executor', executor);
  return bound;
}
