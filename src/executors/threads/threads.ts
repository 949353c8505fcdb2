import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';
import { TaskCloneError } from '../../errors.js';
import { checkOptions, type Rules } from '../../options.js';
import { whyNotCloneable } from '../../worker/why-not-cloneable.js';
import { bindTasks, type ModuleExecutor, type Tasks } from '../task.js';
import { followAsyncCalls } from './async-context.js';
import { entryProgram } from './entry-program.js';
import { loadPiscina } from './load-piscina.js';
import { moduleUrl } from './module-url.js';
import { ThreadsExecutor, type ThreadsExecutorOptions } from './threads-executor.js';

// On this thread, too: a task run by inline() then finds its context behind an `await`.
followAsyncCalls();

export interface ThreadsOptions {
  /** How many threads work at once; the rest of the calls wait. Default: `availableParallelism()`. */
  readonly maxThreads?: number;
  /**
   * Threads kept warm beyond those, so that the call after a kill starts within milliseconds rather than after a
   * thread's start. They never work beyond `maxThreads`. Default 0.
   */
  readonly spareThreads?: number;
  /** After how many milliseconds without work a thread is let go. Default: never. */
  readonly idleTimeoutMs?: number;
  /** How many milliseconds a worker may take to load the module, or to dispose when it is let go. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** How many milliseconds a cancelled task may take to end by itself before its thread is killed; 0: none. Default 100. */
  readonly graceMs?: number;
  /** What `currentTask().data` gives in every worker: a copy of it, made now. */
  readonly data?: unknown;
  /** Limits of each thread, such as `{ maxOldGenerationSizeMb: 256 }`, which has to be at least 4. */
  readonly resourceLimits?: ResourceLimits;
}

/** An executor of worker threads. Closes itself at the end of an `await using` block. */
export interface ThreadPool<M> extends ModuleExecutor<M> {
  /** Changes how many threads there may be, at once: for calls that wait, too. */
  resize(options: { readonly maxThreads: number }): void;
  [Symbol.asyncDispose](): Promise<void>;
}

const limitRules: Rules = {
  // No thread starts with less, and from 22 on Node ends the whole process over it.
  maxOldGenerationSizeMb: ['count', 4],
  maxYoungGenerationSizeMb: ['count', 1],
  codeRangeSizeMb: ['count', 1],
  stackSizeMb: ['count', 1],
};

/**
 * Runs the functions that a module exports on worker threads.
 *
 * Use it for work that keeps a processor busy; what merely waits for others runs as well on this thread, with
 * `asyncMap`. Nothing starts before the first call or `ready()`, then as many threads as calls need at once, up to
 * `maxThreads`. An idle pool keeps no process alive.
 *
 * A cancelled call is told through `currentTask()`; if it goes on for longer than `graceMs`, its thread is killed and
 * replaced. Arguments and results are copied (structured clone), except what is transferred.
 *
 * @param url - the task module: a file URL or an absolute path. Where there is no `tasks.js`, `tasks.ts` is taken.
 * @throws TypeError, RangeError for invalid options; TaskCloneError for `data` that cannot be copied.
 * @example
 * ```ts
 * import type * as tasks from './tasks.js';
 * const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url));
 * images$.pipe(backgroundMap(pool.tasks.resize, { args: [320] })).subscribe(save);
 * ```
 */
export function threads<M extends object>(url: URL | string, options: ThreadsOptions = {}): ThreadPool<M> {
  const file = moduleUrl(url);
  const name = `threads(${basename(decodeURIComponent(file.pathname))})`;
  const pool = new ModuleThreads<M>({ ...crewOptions(options), executor: name, module: file.href });
  prepare();
  return pool;
}

/** The first call, unless it comes at once, finds everything loaded that a thread is made with. */
function prepare(): void {
  setImmediate(() => {
    try {
      loadPiscina();
      entryProgram();
    } catch {
      // Then there can be no thread, and whoever needs one is told.
    }
  }).unref();
}

/** A threads executor with the tasks of a module. */
class ModuleThreads<M extends object> extends ThreadsExecutor implements ThreadPool<M> {
  readonly tasks: Tasks<M> = bindTasks<M>(this);

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Checks the options and fills in what was left out. */
function crewOptions(options: ThreadsOptions): Omit<ThreadsExecutorOptions, 'executor' | 'module'> {
  checkOptions('threads', options, {
    maxThreads: ['count', 1],
    spareThreads: ['count', 0],
    idleTimeoutMs: ['duration'],
    startTimeoutMs: ['duration', 1],
    graceMs: ['duration'],
    data: ['any'],
    resourceLimits: ['only', 0, Object],
  });
  const {
    maxThreads = availableParallelism(),
    spareThreads = 0,
    idleTimeoutMs,
    startTimeoutMs = 30_000,
    graceMs = 100,
  } = options;
  if (options.resourceLimits !== undefined) checkOptions('threads: resourceLimits', options.resourceLimits, limitRules);
  return {
    most: maxThreads,
    spare: spareThreads,
    idleTimeoutMs,
    startTimeoutMs,
    graceMs,
    data: copied(options.data),
    resourceLimits: options.resourceLimits,
  };
}

function copied(data: unknown): unknown {
  try {
    return structuredClone(data);
  } catch (cause) {
    throw new TaskCloneError(`threads: ${whyNotCloneable('data', data) ?? 'data cannot cross to another thread'}`, {
      cause,
    });
  }
}
