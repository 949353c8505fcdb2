import { ExecutorClosedError, TaskNotFoundError, type WorkerStartError } from '../../errors.js';
import { checkValue, longestMs } from '../../options.js';
import { decodeThrown } from '../../worker/decode-error.js';
import { describeCall } from '../../worker/describe-call.js';
import type { DoneMessage, FunctionSource } from '../../worker/protocol.js';
import type { CallListener, CloseOptions, Executor, TaskCall } from '../executor.js';
import { CallQueue } from './call-queue.js';
import { argumentCloneError, unreadableError } from './clone-error.js';
import { Closing } from './closing.js';
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
  readonly #closing = new Closing();

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
    if (this.#closing.asked) throw this.#closedError();
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
    this.#left();
  }

  close(options: CloseOptions = {}): Promise<void> {
    const closed = this.#closing.ask(options, () => {
      this.#force();
    });
    this.#holdProcess();
    this.#closeWhenIdle();
    return closed;
  }

  available(): void {
    this.#goOn(false);
    this.#left();
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
    call.failed(unreadableError(`${call.described} on ${this.name}`, error));
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
      this.#left();
      return;
    }
    // Sent, but never begun: it is no part of what happened, unless what it moved is lost.
    const again = !call.over && !thread.hasBegun(call.id) && (call.call.transfer ?? []).length === 0;
    if (again) this.#waiting.unshift(call);
    this.#leave(thread, call);
    if (!again) call.failed(crashError(death, call.described, this.name));
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
    if (this.#closing.asked) {
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
      entered.failed(argumentCloneError(`${entered.described} on ${this.name}`, call.args, error));
      return;
    }
    entered.started();
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

  /** Something may have left, and all who had to be told have been. */
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
    if (this.#closing.asked && this.#running.size === 0 && this.#waiting.length === 0) this.#dismiss(false);
  }

  #dismiss(force: boolean): void {
    this.#crew.dismiss(force, () => {
      this.#closing.over(this.#crew.disposeErrors);
      this.#holdProcess();
    });
  }

  #holdProcess(): void {
    const calls = this.#running.size + this.#waiting.length;
    this.#keepAlive.while(calls > 0 || this.#readying > 0 || this.#closing.pending);
  }

  #closedError(): ExecutorClosedError {
    return new ExecutorClosedError(`${this.name} is closed; make a new one.`);
  }

  #startError(death: Death, call: ThreadCall | undefined): WorkerStartError {
    return startError(death, call?.described, this.name, this.#options.module);
  }
}
