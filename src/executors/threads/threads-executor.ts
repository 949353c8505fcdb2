import { ExecutorClosedError, TaskCloneError, TaskNotFoundError, type WorkerStartError } from '../../errors.js';
import { checkOptions, checkValue } from '../../options.js';
import { decodeThrown } from '../../worker/decode-error.js';
import { describeCall } from '../../worker/describe-call.js';
import type { DoneMessage, FunctionSource } from '../../worker/protocol.js';
import { whyNotCloneable } from '../../worker/why-not-cloneable.js';
import { closeRules, type CallListener, type CloseOptions, type Executor, type TaskCall } from '../executor.js';
import { CallQueue } from './call-queue.js';
import { Crew, type CrewListener, type CrewOptions } from './crew.js';
import { crashError, deathStory, startError, type Death } from './death.js';
import { functionSource } from './function-source.js';
import { KeepAlive } from './keep-alive.js';
import { ThreadCall, type CallSite } from './thread-call.js';
import type { Thread } from './thread.js';

export interface ThreadsExecutorOptions extends CrewOptions {
  /** How long a cancelled call may go on, when the call itself does not say. */
  readonly graceMs: number;
}

const longestMs = 2_147_483_647;

/** The executor of worker threads: it owns the queue, and gives calls to idle threads of its crew only. */
export class ThreadsExecutor implements Executor, CrewListener {
  readonly name: string;
  readonly crossesBoundary = true;
  readonly #options: ThreadsExecutorOptions;
  readonly #crew: Crew;
  readonly #keepAlive = new KeepAlive();
  /** Calls without a thread, oldest first. */
  readonly #waiting = new CallQueue<ThreadCall>();
  /** The call of each thread that has one, until the thread is free of it: cancelled ones and dying threads included. */
  readonly #running = new Map<Thread, ThreadCall>();
  readonly #roomListeners = new Set<() => void>();
  #capacity: number;
  /** The last call's number: never 0, and small enough for shared memory. */
  #lastId = 0;
  /** Where the call came from whose end is being told; calls made meanwhile come from there, too. */
  #siteInUse: CallSite | undefined;
  /** How many promises of `ready()` are open. */
  #readying = 0;
  /** Set by the first `close()`: calls are refused from then on. */
  #closing: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: ThreadsExecutorOptions) {
    this.name = options.executor;
    this.#options = options;
    this.#capacity = options.most;
    this.#crew = new Crew(options, this);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** A call whose thread is still starting has its slot already. */
  get free(): number {
    return Math.max(0, this.#capacity - this.#running.size - this.#waiting.length);
  }

  execute(call: TaskCall, listener: CallListener): () => void {
    const site = this.#callSite();
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    let task: string | FunctionSource;
    try {
      task = this.#checked(call);
    } catch (error) {
      const name = typeof call.task === 'string' ? call.task : { name: call.task.name, text: '' };
      new ThreadCall(0, call, name, listener, this.name, site).failed(error);
      return () => undefined;
    }
    const entered = new ThreadCall(this.#lastId, call, task, listener, this.name, site);
    this.#waiting.push(entered);
    this.#goOn(true);
    return () => {
      this.#cancel(entered);
    };
  }

  onRoom(listener: () => void): () => void {
    this.#roomListeners.add(listener);
    return () => {
      this.#roomListeners.delete(listener);
    };
  }

  async ready(): Promise<void> {
    if (this.#closing !== undefined) throw this.#closedError();
    this.#readying++;
    this.#holdProcess();
    try {
      await this.#crew.ready();
    } catch (death) {
      throw (death as Death).by === 'executor' ? this.#closedError() : this.#startError(death as Death, undefined);
    } finally {
      this.#readying--;
      this.#holdProcess();
    }
  }

  /**
   * Changes how many threads there may be, at once: for calls that wait, too. Threads too many end when their calls do.
   *
   * @throws TypeError, RangeError for invalid options.
   */
  resize(options: { readonly maxThreads: number }): void {
    checkValue('resize', 'maxThreads', options.maxThreads, ['count', 1]);
    this.#capacity = options.maxThreads;
    this.#crew.resize(options.maxThreads);
    this.#goOn(false);
    this.#tellRoom();
  }

  close(options: CloseOptions = {}): Promise<void> {
    checkOptions('close', options, closeRules);
    this.#closing ??= new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    }).then(() => {
      this.#holdProcess();
      const errors = this.#crew.disposeErrors;
      if (errors.length > 0)
        throw errors.length === 1
          ? errors[0]
          : new AggregateError(errors, `dispose() failed in ${String(errors.length)} workers.`);
    });
    this.#holdProcess();
    if (options.force === true) this.#force();
    else if (options.timeoutMs !== undefined && this.#onClosed !== undefined) {
      const timer = setTimeout(() => {
        this.#force();
      }, options.timeoutMs);
      const clear = (): void => {
        clearTimeout(timer);
      };
      this.#closing.then(clear, clear);
    }
    this.#closeWhenIdle();
    return this.#closing;
  }

  available(): void {
    this.#goOn(false);
    this.#tellRoom();
  }

  done(thread: Thread, message: DoneMessage): void {
    const call = this.#running.get(thread);
    if (call?.id !== message.id) return;
    const [outcome] = message.outcomes;
    this.#leave(thread, call);
    this.#siteInUse = call.site;
    try {
      if (outcome?.ok === true) call.result(outcome.value);
      else if (outcome !== undefined) call.failed(decodeThrown(outcome.thrown));
      this.#left();
    } finally {
      this.#siteInUse = undefined;
    }
  }

  unreadable(thread: Thread, error: unknown): void {
    const call = this.#running.get(thread);
    if (call === undefined) return;
    this.#leave(thread, call);
    const text = `${call.described} on ${this.name}: an argument or the result could be sent, but not read on the other side. Send plain data in its place.`;
    call.failed(new TaskCloneError(text, { cause: error }));
    this.#left();
  }

  gone(thread: Thread, death: Death): void {
    const call = this.#running.get(thread);
    if (call === undefined) {
      if (death.by !== 'executor' && thread.used) {
        this.warn(
          `A worker of ${this.name} died while it had nothing to do: ${deathStory(death)}.`,
          (death as { error?: unknown }).error,
        );
      }
      this.#goOn(false);
      return;
    }
    // Sent, but never begun: it is no part of what happened.
    if (!call.over && !thread.hasBegun(call.id)) this.#waiting.unshift(call);
    this.#leave(thread, call);
    if (!call.queued) call.failed(crashError(death, call.described, this.name));
    this.#left();
  }

  stranded(death: Death): void {
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      call.failed(this.#startError(death, call));
    }
    this.#left();
  }

  warn(message: string, error?: unknown): void {
    const detail = error instanceof Error ? error.stack : undefined;
    process.emitWarning(message, { type: 'BackgroundWarning', ...(detail === undefined ? {} : { detail }) });
  }

  /**
   * Where a call comes from. One that follows from another's end has nothing but this package on its stack; what led to
   * the first is worth more, and costs nothing.
   */
  #callSite(): CallSite {
    if (this.#siteInUse !== undefined) return this.#siteInUse;
    const site: { stack?: string } = {};
    // eslint-disable-next-line @typescript-eslint/unbound-method -- named, so that the stack begins above it
    Error.captureStackTrace(site, this.execute);
    return site;
  }

  #checked(call: TaskCall): string | FunctionSource {
    const { task } = call;
    if (this.#closing !== undefined) {
      throw new ExecutorClosedError(
        `${this.name} is closed and takes no call of ${describeCall(typeof task === 'string' ? task : { name: task.name, text: '' }, call.index)}; make a new one.`,
      );
    }
    if (typeof task === 'function') return functionSource(task);
    if (this.#options.module === undefined)
      throw new TaskNotFoundError(`${this.name} has no task '${task}': it has no module and runs functions only.`);
    return task;
  }

  /** Gives calls to idle threads, and sees to it that there are threads for them. */
  #goOn(fresh: boolean): void {
    while (this.#waiting.length > 0 && this.#running.size < this.#capacity) {
      const thread = this.#crew.take();
      if (thread === undefined) break;
      this.#begin(thread, this.#waiting.shift() as ThreadCall);
    }
    this.#crew.want(this.#running.size + this.#waiting.length, fresh);
    this.#holdProcess();
  }

  #begin(thread: Thread, entered: ThreadCall): void {
    const { id, task, call } = entered;
    this.#running.set(thread, entered);
    try {
      const { args, attempt, index, transfer = [] } = call;
      thread.run({ type: 'run', id, task, calls: [{ args, attempt, index }] }, transfer);
    } catch (error) {
      this.#running.delete(thread);
      this.#crew.release(thread);
      entered.failed(this.#cloneError(entered, error));
      return;
    }
    entered.started();
  }

  #cloneError({ described, call }: ThreadCall, cause: unknown): TaskCloneError {
    let why: string | undefined;
    for (const [position, argument] of call.args.entries())
      why ??= whyNotCloneable(`argument ${String(position + 1)}`, argument);
    why ??=
      'what `transfer` lists cannot be moved. List every buffer once, only what can be moved, and nothing that has been moved before.';
    return new TaskCloneError(`${described} on ${this.name}: ${why}`, { cause });
  }

  #cancel(entered: ThreadCall): void {
    if (entered.over) return;
    entered.silence();
    if (entered.queued) {
      this.#waiting.remove(entered);
      this.#left();
      return;
    }
    for (const [thread, call] of this.#running) {
      if (call !== entered) continue;
      const graceMs = Math.min(entered.call.graceMs ?? this.#options.graceMs, longestMs);
      if (graceMs <= 0) thread.kill();
      else {
        thread.stop(entered.id);
        entered.graceTimer = setTimeout(() => {
          thread.kill();
        }, graceMs);
      }
      return;
    }
  }

  /** The call leaves its thread, and the thread is free, or gone. The next call gets the place before anybody is told. */
  #leave(thread: Thread, call: ThreadCall): void {
    clearTimeout(call.graceTimer);
    this.#running.delete(thread);
    this.#crew.release(thread);
    this.#goOn(false);
  }

  /** Something has left, and the call has been told. */
  #left(): void {
    this.#holdProcess();
    this.#tellRoom();
    this.#closeWhenIdle();
  }

  #tellRoom(): void {
    for (const listener of [...this.#roomListeners]) {
      if (this.free === 0) return;
      listener();
    }
  }

  #force(): void {
    const cut = [...this.#running.values()];
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) cut.push(call);
    for (const call of cut) clearTimeout(call.graceTimer);
    this.#dismiss(true);
    for (const call of cut) {
      call.failed(new ExecutorClosedError(`${this.name} was closed by force before ${call.described} had finished.`));
    }
  }

  #closeWhenIdle(): void {
    if (this.#closing !== undefined && this.#running.size === 0 && this.#waiting.length === 0) this.#dismiss(false);
  }

  #dismiss(force: boolean): void {
    this.#crew.dismiss(force, () => {
      this.#onClosed?.();
      this.#onClosed = undefined;
    });
  }

  #holdProcess(): void {
    const closing = this.#closing !== undefined && this.#onClosed !== undefined;
    this.#keepAlive.while(closing || this.#readying > 0 || this.#running.size + this.#waiting.length > 0);
  }

  #closedError(): ExecutorClosedError {
    return new ExecutorClosedError(`${this.name} is closed; make a new one.`);
  }

  #startError(death: Death, call: ThreadCall | undefined): WorkerStartError {
    return startError(death, call?.described, this.name, this.#options.module);
  }
}
