import { checkExecutor, type Executor } from '../executors/executor.js';
import type { TaskFunction } from '../executors/task-function.js';
import { bindTask, type Emitted, type Task } from '../executors/task.js';
import type { SelfContained } from '../operators/background-map.js';
import { checkOptions, checkValue } from '../options.js';
import type { Job } from './job.js';
import { moduleTask } from './module-task.js';
import { placeFunction } from './place-task.js';
import { start } from './start.js';

/** A task that can be called, which gives a cold Observable, and started, which gives a job. */
export interface BackgroundTask<in Args extends readonly unknown[], out R> extends Task<Args, R> {
  start(...args: Args): Job<R>;
}

export interface BackgroundTaskOptions {
  /** Where it runs. Default: the default executor at the time of each call, see `configureDefault`. */
  readonly executor?: Executor;
}

/** A module's URL, as `new URL('./tasks.js', import.meta.url)` gives it. */
export interface ModuleUrl {
  readonly href: string;
}

/**
 * Makes a function one that runs in the background: called, it gives a cold Observable; started, a {@link Job}. Nothing
 * runs before that, and no executor is made.
 *
 * The function has to be self-contained, as its text runs elsewhere: what it needs comes as an argument, or is imported
 * inside it. For functions of a task module give the module's URL and the function's name, or use `threads(url).tasks`.
 *
 * @param task - a self-contained function, or the URL of a module. Under a TypeScript loader `./tasks.js` finds `tasks.ts`.
 * @param name - which function of the module. Default: its default export, or its only function.
 * @throws TypeError when called with something else.
 * @example
 * ```ts
 * const slow = background((n: number) => {
 *   const end = performance.now() + 1000;
 *   while (performance.now() < end);
 *   return 2 * n;
 * });
 *
 * const job = slow.start(21); //     runs from now on
 * slow(21).subscribe(console.log); // runs once more
 * console.log(await job);
 * ```
 */
export function background<F extends TaskFunction>(
  module: ModuleUrl | string,
  name?: string,
  options?: BackgroundTaskOptions,
): BackgroundTask<Parameters<F>, Emitted<ReturnType<F>>>;
export function background<Args extends readonly unknown[], R>(
  task: SelfContained<Args, R>,
  options?: BackgroundTaskOptions,
): BackgroundTask<Args, Emitted<R>>;
export function background(
  task: unknown,
  nameOrOptions?: string | BackgroundTaskOptions,
  moduleOptions?: BackgroundTaskOptions,
): BackgroundTask<unknown[], unknown> {
  const ofModule = typeof task !== 'function';
  const name = ofModule ? (nameOrOptions as string | undefined) : undefined;
  const options = (ofModule ? moduleOptions : (nameOrOptions as BackgroundTaskOptions | undefined)) ?? {};
  if (name !== undefined) checkValue('background', 'name', name, ['only', 0, String]);
  checkOptions('background', options, { executor: ['only', 0, Object] });
  if (options.executor !== undefined) checkExecutor('background', options.executor);
  const work = ofModule ? moduleTask(hrefOf(task), name) : (task as TaskFunction);
  const handle = bindTask<unknown[], unknown>(placeFunction(work, options.executor));
  return Object.assign(handle, { start: (...args: unknown[]): Job<unknown> => start(handle, ...args) });
}

function hrefOf(module: unknown): string {
  const href = typeof module === 'object' && module !== null ? (module as Partial<ModuleUrl>).href : module;
  const isUrl = typeof href === 'string' && /^[a-z][a-z+.-]*:/i.test(href);
  if (!isUrl) checkValue('background', 'task', module, ['only', 0, Function, "new URL('./tasks.js', import.meta.url)"]);
  return href as string;
}
