export { threads } from './threads.js';
export type { ThreadPool, ThreadsOptions } from './threads.js';
