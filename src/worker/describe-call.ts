import type { FunctionSource } from './protocol.js';

/** How a call is named in a message: its task, and the value it was given for. */
export function describeCall(task: string | FunctionSource, index: number | undefined): string {
  const place = index === undefined ? '' : ` (index ${String(index)})`;
  if (typeof task === 'string') return `task '${task}'${place}`;
  return `${task.name === '' ? 'the function' : `the function ${task.name}`}${place}`;
}
