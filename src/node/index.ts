export { threads } from '../executors/threads/threads.js';
export type { ThreadPool, ThreadsOptions } from '../executors/threads/threads.js';
export { interrupted } from './interrupted.js';
export type { InterruptedOptions } from './interrupted.js';
