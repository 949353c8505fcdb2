export { currentTask, runAsTask } from './current-task.js';
export type { TaskContext } from './task-context.js';
export { transfer } from './transfer.js';
