import { asyncScheduler } from 'rxjs';
import { ExecutorClosedError, TaskNotFoundError } from '../errors.js';
import { checkOptions, checkValue } from '../options.js';
import { closeRules, type CallListener, type CloseOptions, type TaskCall } from './executor.js';
import { InlineCall } from './inline-call.js';
import { describeTask } from './describe-task.js';
import { bindTasks, type ModuleExecutor, type Tasks } from './task.js';
import type { TaskFunction } from './task-function.js';

export interface InlineOptions {
  /**
   * How many calls run at once; the rest wait. Left out, every call starts at once, and operators that take their
   * concurrency from the executor run one at a time.
   */
  readonly capacity?: number;
  /** What `currentTask().data` gives. */
  readonly data?: unknown;
}

/**
 * Runs tasks on this thread: for debugging, for tests, and for marble time, with the same module and the same results
 * as on any other executor.
 *
 * Nothing here can be killed: a cancelled task sees its `signal`, an Observable is unsubscribed, an iterator returned,
 * and a promise that goes on is no longer listened to.
 *
 * @param tasks - the task module (`import * as tasks from './tasks.js'`), or any object of functions. Left out, it runs
 *   self-contained functions only.
 * @throws TypeError, RangeError for invalid options.
 * @example
 * ```ts
 * const here = inline({ double: (n: number) => 2 * n });
 * of(1, 2, 3).pipe(backgroundMap(here.tasks.double)).subscribe(console.log);
 * ```
 */
export function inline<M extends object = object>(tasks?: M, options: InlineOptions = {}): ModuleExecutor<M> {
  if (tasks !== undefined) checkValue('inline', 'tasks', tasks, ['only', 0, Object]);
  checkOptions('inline', options, { capacity: ['count', 1, Infinity], data: ['any'] });
  return new InlineExecutor(tasks ?? ({} as M), options);
}

class InlineExecutor<M extends object> implements ModuleExecutor<M> {
  readonly name = 'inline()';
  readonly crossesBoundary = false;
  readonly capacity: number;
  readonly isUnbounded: boolean;
  readonly data: unknown;
  readonly tasks: Tasks<M>;
  readonly #module: M;
  /** Calls that hold a slot. Never more than `capacity`, where that is a bound. */
  readonly #running = new Set<InlineCall>();
  /** Calls that wait, oldest first. Empty while there is a free slot, except while calls leave or are started. */
  readonly #waiting = new Set<InlineCall>();
  /** Calls whose listeners are being told the end. None that waits is started meanwhile: it may be about to be cancelled. */
  #leaving = 0;
  /** True while `#startWaiting` is on the stack, so that a call that ends at once starts the next without growing it. */
  #starting = false;
  readonly #roomListeners = new Set<() => void>();
  /** Set by the first `close()`; calls are refused from then on. */
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;
  /** All calls have ended, and `dispose` is waited for. */
  #isDisposing = false;
  /** Ends that wait. */
  #giveUp: () => void = () => undefined;
  readonly #givenUp = new Promise<void>((resolve) => {
    this.#giveUp = resolve;
  });

  constructor(module: M, options: InlineOptions) {
    this.#module = module;
    this.capacity = options.capacity ?? 1;
    this.isUnbounded = options.capacity === undefined;
    this.data = options.data;
    this.tasks = bindTasks<M>(this);
  }

  get free(): number {
    return this.#waiting.size > 0 ? 0 : Math.max(0, this.capacity - this.#running.size);
  }

  execute(call: TaskCall, listener: CallListener): () => void {
    if (this.#closing !== undefined) {
      listener.failed(
        new ExecutorClosedError(`${this.name} is closed and takes no call of ${describeTask(call)}; make a new one.`),
      );
      return () => undefined;
    }
    const work = this.#find(call);
    if (work === undefined) {
      listener.failed(
        new TaskNotFoundError(
          `${this.name} has no task '${String(call.task)}'; its module must export it as a function of its own. It has: ${this.#names().join(', ') || 'none'}.`,
        ),
      );
      return () => undefined;
    }
    let ran = false;
    const admitted = new InlineCall(call, work, this.data, listener, {
      executor: this,
      leave: () => {
        this.#leaving++;
        ran = this.#running.delete(admitted);
        this.#waiting.delete(admitted);
      },
      left: () => {
        this.#leaving--;
        if (ran) this.#goOn();
      },
    });
    if (this.#waiting.size === 0 && this.#hasSlot()) this.#start(admitted);
    else {
      admitted.hasWaited = true;
      this.#waiting.add(admitted);
    }
    return () => {
      admitted.cancel();
    };
  }

  finishSoon(call: TaskCall): void {
    for (const running of this.#running) if (running.call === call) running.finishSoon();
  }

  onRoom(listener: () => void): () => void {
    this.#roomListeners.add(listener);
    return () => {
      this.#roomListeners.delete(listener);
    };
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  close(options: CloseOptions = {}): Promise<void> {
    checkOptions('close', options, closeRules);
    this.#closing ??= new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    }).then(() => {
      this.#isDisposing = true;
      return Promise.race([this.#dispose(), this.#givenUp]);
    });
    if (this.#running.size === 0 && this.#waiting.size === 0) this.#onIdle?.();
    if (options.force === true) {
      if (this.#isDisposing) this.#giveUp();
      this.#force();
    } else if (options.timeoutMs !== undefined) {
      const timer = asyncScheduler.schedule(() => {
        this.#force();
        this.#giveUp();
      }, options.timeoutMs);
      const stop = (): void => {
        timer.unsubscribe();
      };
      // On both ways: what `dispose` throws is for whoever closes, not for this.
      void this.#closing.then(stop, stop);
    }
    return this.#closing;
  }

  #goOn(): void {
    this.#startWaiting();
    for (const listener of [...this.#roomListeners]) {
      if (this.free === 0) break;
      if (this.#roomListeners.has(listener)) listener();
    }
    if (this.#running.size === 0 && this.#waiting.size === 0) this.#onIdle?.();
  }

  #startWaiting(): void {
    if (this.#leaving > 0 || this.#starting) return;
    this.#starting = true;
    for (const call of this.#waiting) {
      if (!this.#hasSlot()) break;
      this.#waiting.delete(call);
      this.#start(call);
    }
    this.#starting = false;
  }

  #hasSlot(): boolean {
    return this.isUnbounded || this.#running.size < this.capacity;
  }

  #start(call: InlineCall): void {
    this.#running.add(call);
    call.start();
  }

  #force(): void {
    // Those that wait first: a slot that comes free must not start them.
    for (const call of [...this.#waiting, ...this.#running]) {
      call.cut(
        new ExecutorClosedError(`${this.name} was closed by force before ${describeTask(call.call)} had finished.`),
      );
    }
  }

  #find(call: TaskCall): TaskFunction | undefined {
    return typeof call.task === 'function' ? call.task : this.#exported(call.task);
  }

  #names(): string[] {
    return Object.keys(this.#module).filter((name) => this.#exported(name) !== undefined);
  }

  /** What the module exports as a function; nothing where its getter throws. */
  #exported(name: string): TaskFunction | undefined {
    if (name === 'dispose' || !Object.prototype.propertyIsEnumerable.call(this.#module, name)) return undefined;
    try {
      const value: unknown = this.#module[name as keyof M];
      return typeof value === 'function' ? (value as TaskFunction) : undefined;
    } catch {
      return undefined;
    }
  }

  async #dispose(): Promise<void> {
    const module = this.#module as { dispose?: unknown };
    if (Object.hasOwn(module, 'dispose') && typeof module.dispose === 'function')
      await (module.dispose as () => unknown)();
  }
}
