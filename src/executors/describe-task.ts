import type { TaskCall } from './executor.js';

/** How a task is named in a message. */
export function describeTask({ task }: Pick<TaskCall, 'task'>): string {
  if (typeof task === 'string') return `task '${task}'`;
  return task.name === '' ? 'the function' : `the function ${task.name}`;
}
