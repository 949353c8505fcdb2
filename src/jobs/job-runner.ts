import { stopOnInterrupt } from '#platform';
import { text, warn } from '#messages';
import { asyncScheduler, ReplaySubject, type Observable } from 'rxjs';
import { ExecutorClosedError } from '../errors.js';
import { checkExecutor, type Executor } from '../executors/executor.js';
import type { Emitted, Task } from '../executors/task.js';
import type { SelfContained } from '../operators/background-map.js';
import { aBoolean, checkOptions, checkValue } from '../options.js';
import { reporting } from '../reporting.js';
import { interruptRule, type HandleInterrupt } from './handle-interrupt.js';
import type { Job } from './job.js';
import { placeTask } from './place-task.js';
import { Retention } from './retention.js';
import { RunningJob } from './running-job.js';
import { Starvation } from './starvation.js';
import type { Places } from './wait-graph.js';

export interface JobRunnerOptions {
  /** How many of its jobs run at once; the rest wait, first come, first served. Default: as many as their executor runs. */
  readonly maxWorkers?: number;
  /** Where plain functions run. Default: the default executor. A task of an executor runs there. */
  readonly executor?: Executor;
  /** How many jobs stay in `jobs` after they are over. Default 1000. */
  readonly keepCount?: number;
  /** How many milliseconds a job stays in `jobs` after it is over. Default: until there are more than `keepCount`. */
  readonly keepMs?: number;
  /** Warns when jobs have waited for so many milliseconds in which none began and none ended. Default 10,000; `Infinity`: never. */
  readonly warnAfterMs?: number;
  /** Whether Ctrl-C and SIGTERM stop its jobs and end the process; see {@link HandleInterrupt}. Default `false`. */
  readonly handleInterrupt?: HandleInterrupt;
}

export interface ShutdownOptions {
  /** Lets what runs come to its end (`true`, the default), or cancels it. */
  readonly wait?: boolean;
}

/**
 * Starts jobs, so many at once, knows them by their number, and ends them together.
 *
 * Use it for the tasks of a program's lifetime: pollers, watchers, exports that somebody asks for. On `shutdown`, loops
 * written `while (!currentTask().stopped)` come to their end. With `executor: inline()` everything runs on this thread.
 *
 * Memory: a job that waits or runs, and the last `keepCount` that are over.
 *
 * @throws TypeError, RangeError when made with invalid options.
 * @example
 * ```ts
 * const runner = new JobRunner({ maxWorkers: 4 });
 * const job = runner.start(pool.tasks.poll, ['/inbox']);
 * stop$.subscribe(() => runner.shutdown());
 * ```
 */
export class JobRunner {
  /** Emits `true` on shutdown, to later subscribers too, and completes: made for `takeUntil`. */
  readonly stopped$: Observable<true>;
  readonly #stopped$ = new ReplaySubject<true>(1);
  readonly #executor: Executor | undefined;
  /** Its workers, where it has a limit of its own. */
  readonly #places: Places | undefined;
  /** By number: those that are not over, and those that are kept. */
  readonly #jobs = new Map<number, Job<unknown>>();
  readonly #kept: Retention<number>;
  /** Jobs that have no worker yet, oldest first. Empty while a worker is free. */
  readonly #queue = new Set<RunningJob<unknown>>();
  /** Jobs that were given to their executor and are not over. */
  readonly #active = new Set<RunningJob<unknown>>();
  readonly #starvation: Starvation;
  readonly #warnAfterMs: number;
  #latestId: number | undefined;
  #stopped = false;
  /** True while `#goOn` is on the stack. */
  #goingOn = false;
  /** Takes back what `handleInterrupt` has installed. */
  #unhandle: () => void = () => undefined;

  constructor(options: JobRunnerOptions = {}) {
    checkOptions('JobRunner', options, {
      maxWorkers: ['count', 1],
      executor: ['only', 0, Object],
      keepCount: ['count', 0, Infinity],
      keepMs: ['duration', 0, Infinity],
      warnAfterMs: ['duration', 0, Infinity],
      handleInterrupt: interruptRule,
    });
    const { maxWorkers, executor, keepCount = 1000, keepMs = Infinity, warnAfterMs = 10_000 } = options;
    this.stopped$ = this.#stopped$.asObservable();
    this.#executor = executor;
    this.#places = maxWorkers === undefined ? undefined : { name: 'JobRunner', capacity: maxWorkers };
    this.#kept = new Retention(keepCount, keepMs);
    this.#warnAfterMs = warnAfterMs;
    this.#starvation = new Starvation(warnAfterMs, () => {
      this.#warn();
    });
    if (executor !== undefined) checkExecutor('JobRunner', executor);
    const { handleInterrupt = false } = options;
    if (handleInterrupt !== false) {
      this.#unhandle = stopOnInterrupt('JobRunner', {
        stop: () => void this.shutdown({ wait: false }),
        executors: () => new Set([...this.#active].map((job) => job.executor)),
        cleanUp: typeof handleInterrupt === 'function' ? handleInterrupt : undefined,
      });
    }
  }

  /** Its jobs by number: all that wait or run, and those that are over and have not been let go. */
  get jobs(): ReadonlyMap<number, Job<unknown>> {
    this.#letGo();
    return this.#jobs;
  }

  /** The number of the job started last; `undefined` before the first. */
  get latestId(): number | undefined {
    return this.#latestId;
  }

  /** True from the first `shutdown()` on. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Starts a job, or queues it until there is a worker. A start that is refused leaves everything as it was.
   *
   * @param task - a task of an executor, or a self-contained function.
   * @throws ExecutorClosedError after `shutdown()`; TypeError for what is no task, or no array of arguments.
   */
  start<R>(task: Task<[], R> | SelfContained<[], R>): Job<Emitted<R>>;
  start<Args extends readonly unknown[], R>(
    task: Task<Args, R> | SelfContained<Args, R>,
    args: readonly [...Args],
  ): Job<Emitted<R>>;
  start(task: unknown, args: readonly unknown[] = []): Job<unknown> {
    const binding = placeTask('JobRunner.start', task, this.#executor);
    checkValue('JobRunner.start', 'args', args, ['only', 0, Array]);
    if (this.#stopped) throw new ExecutorClosedError(text('shutDown', task));
    // eslint-disable-next-line @typescript-eslint/unbound-method -- named, so that the stack begins above it
    const job = new RunningJob<unknown>(binding, args, this.start);
    this.#latestId = job.id;
    this.#jobs.set(job.id, job);
    job.whenOver(() => {
      this.#over(job);
    });
    this.#queue.add(job);
    if (this.#places !== undefined) job.queueFor(this.#places);
    this.#goOn();
    return job;
  }

  /**
   * Refuses new jobs from now on, cancels those that wait, and has those that run end: by themselves, their
   * `currentTask().stopped` being true, or, without `wait`, cancelled. Safe at any time, and to repeat: `wait: false` after
   * `wait: true` cancels what still runs.
   *
   * @returns resolves when the last job is over. One of its own jobs may await it: then it does not wait for that job, nor for
   *   those that wait for it.
   * @throws TypeError, RangeError for invalid options.
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    checkOptions('shutdown', options, { wait: aBoolean });
    const isFirst = !this.#stopped;
    this.#stopped = true;
    if (isFirst) {
      reporting(() => {
        this.#stopped$.next(true);
        this.#stopped$.complete();
      });
    }
    for (const job of [...this.#queue, ...this.#active]) {
      if (options.wait === false || job.state === 'queued') job.cancel();
      else job.finishSoon();
    }
    this.#unhandleWhenIdle();
    return Promise.all([...this.#active].map((job) => job.ended())).then(() => undefined);
  }

  /** Gives jobs to their executors while there are workers. One that ends at once makes room for the next of the same loop. */
  #goOn(): void {
    if (this.#goingOn) return;
    this.#goingOn = true;
    for (const job of this.#queue) {
      if (this.#places !== undefined && this.#active.size >= this.#places.capacity) break;
      this.#queue.delete(job);
      this.#active.add(job);
      if (this.#places !== undefined) job.take(this.#places);
      job.launch(() => {
        this.#moved();
      });
    }
    this.#goingOn = false;
    this.#moved();
  }

  #over(job: RunningJob<unknown>): void {
    this.#queue.delete(job);
    this.#active.delete(job);
    this.#kept.add(job.id, asyncScheduler.now());
    this.#letGo();
    this.#goOn();
    this.#unhandleWhenIdle();
  }

  #letGo(): void {
    for (const id of this.#kept.expired(asyncScheduler.now())) this.#jobs.delete(id);
  }

  #moved(): void {
    this.#starvation.moved(this.#waiting() > 0);
  }

  #waiting(): number {
    let waiting = this.#queue.size;
    for (const { state } of this.#active) if (state === 'queued') waiting++;
    return waiting;
  }

  #warn(): void {
    const running = [...this.#active].filter(({ state }) => state === 'running').map(({ label }) => label);
    warn('starved', this.#waiting(), this.#warnAfterMs, running.join(', ') || 'none of its own jobs');
  }

  #unhandleWhenIdle(): void {
    if (this.#stopped && this.#active.size === 0) this.#unhandle();
  }
}
