import type { Chunk } from '../../engine/chunk.js';
import { targetMs } from '../../engine/chunk-tuner.js';
import { callSite } from '../../call-site.js';
import { ExecutorClosedError, TaskNotFoundError, type WorkerStartError } from '../../errors.js';
import { checkValue, longestMs } from '../../options.js';
import type { FunctionSource, OutcomesMessage } from '../../worker/protocol.js';
import { mostOnTheWay } from '../../worker/shared-cells.js';
import type { CallLane, CallListener, CloseOptions, Executor, TaskCall } from '../executor.js';
import type { LaneHost, LaneOptions } from '../lane.js';
import type { TaskFunction } from '../task-function.js';
import { CallQueue } from './call-queue.js';
import { argumentCloneError, unreadableError } from './clone-error.js';
import { Closing } from './closing.js';
import { Crew, type CrewListener, type CrewOptions } from './crew.js';
import { crashError, deathStory, startError, type Death } from './death.js';
import { Desk } from './desk.js';
import { functionSource } from './function-source.js';
import { KeepAlive } from './keep-alive.js';
import { sharedNow } from './shared-now.js';
import { ThreadCall } from './thread-call.js';
import { ThreadLane, type LaneOwner, type ThreadLaneOptions } from './thread-lane.js';
import type { Thread } from './thread.js';

export interface ThreadsExecutorOptions extends CrewOptions {
  /** How long a cancelled call may go on, when the call itself does not say. */
  readonly graceMs: number;
}

/** How long a thread may keep values waiting behind the one it runs while another thread has nothing to do. */
const rebalanceMs = 2 * targetMs;

/** How long a thread may take to answer that it has begun nothing of what is not wanted any more. */
const answerMs = 100;

const nothing: readonly unknown[] = [];

/** The executor of worker threads: it owns the queue, and gives calls to threads of its crew that are free for them. */
export class ThreadsExecutor implements Executor, CrewListener, LaneOwner {
  readonly name: string;
  readonly crossesBoundary = true;
  readonly #options: ThreadsExecutorOptions;
  readonly #crew: Crew;
  readonly #keepAlive = new KeepAlive();
  /** Lanes with values for which there is no thread, the one that was served longest ago first. A single call is a lane, too. */
  readonly #queue = new CallQueue<ThreadLane>();
  /** The desk of each thread that has run anything and is not gone. */
  readonly #desks = new Map<Thread, Desk<ThreadLane>>();
  /** The desks with calls on them, cancelled ones and those of dying threads included. */
  readonly #busy = new Set<Desk<ThreadLane>>();
  readonly #lanes = new Set<ThreadLane>();
  readonly #roomListeners = new Set<() => void>();
  #capacity: number;
  /** Outcomes are being told: what that brings in is sent together afterwards. */
  #isTelling = false;
  /** Runs while a thread has nothing to do, and values wait on another. */
  #rebalanceTimer: NodeJS.Timeout | undefined;
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
    return Math.max(0, this.#capacity - this.#busy.size - this.#queue.length);
  }

  /** @param parent - the lane whose owner makes the call; it counts as one of that lane. */
  execute(call: TaskCall, listener: CallListener, parent?: ThreadLane): () => void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- named, so that the stack begins above it
    const { task, site = callSite(this.execute) } = call;
    const host = new ThreadCall(call, listener);
    const lane = this.#open(task, host, host.options(site, parent));
    parent?.calls.add(lane);
    lane.offer();
    // Now that its thread is at work.
    lane.keepContext();
    return () => {
      lane.close();
    };
  }

  finishSoon(call: TaskCall): void {
    for (const desk of this.#busy) {
      const host = desk.lane?.host;
      if (host instanceof ThreadCall && host.call === call) desk.finishSoon();
    }
  }

  openLane(options: LaneOptions, host: LaneHost): CallLane {
    const lane = this.#open(options.task, host, {
      site: options.site,
      concurrency: options.concurrency,
      chunkSize: options.chunkSize,
      mostInChunk: options.mostInChunk,
      rest: options.rest,
      timeoutMs: options.timeoutMs,
      graceMs: options.graceMs,
      attempt: 1,
      transfer: nothing,
      isBare: false,
      isNumbered: true,
      isSingle: false,
      parent: undefined,
      sent: undefined,
    });
    this.#lanes.add(lane);
    lane.keepContext();
    return lane;
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
    for (const lane of this.#lanes) {
      for (const call of lane.calls) this.#unpark(call);
      this.#unpark(lane);
    }
    this.#goOn(false);
    this.#left();
  }

  close(options: CloseOptions = {}): Promise<void> {
    const closed = this.#closing.ask(options, () => {
      this.#force();
    });
    for (const lane of this.#lanes) lane.refuse(this.#refusal, lane.host.waiting());
    this.#holdProcess();
    this.#closeWhenIdle();
    return closed;
  }

  offered(lane: ThreadLane): void {
    if (lane.isRefusing) {
      this.#failWaiting(lane, lane.refusal);
      return;
    }
    if (!lane.isQueued && lane.waiting > 0) this.#queue.push(lane);
    // One message for what a run of outcomes brings in, unless it is much.
    if (this.#isTelling && lane.waiting < portionOf(lane)) return;
    this.#goOn(true);
    this.#topUp(lane);
  }

  cancelled(lane: ThreadLane, chunk?: Chunk): void {
    if (lane.isClosed) {
      const isOver = !lane.isQueued && lane.desks.length === 0;
      this.#lanes.delete(lane);
      this.#queue.remove(lane);
      if (lane.desks.length === 0) lane.options.parent?.calls.delete(lane);
      // It had left before.
      if (isOver) return;
    }
    for (const desk of [...lane.desks]) {
      if (!desk.isWanted(chunk)) continue;
      desk.cancel(chunk);
      this.#stopUnwanted(desk);
    }
    this.#left();
  }

  available(): void {
    this.#goOn(false);
    this.#left();
  }

  outcomes(thread: Thread, message: OutcomesMessage): void {
    const desk = this.#desks.get(thread);
    const lane = desk?.lane;
    if (desk === undefined || lane === undefined || !desk.answered(message)) return;
    lane.ran(message.ran, message.ms);
    if (desk.load === 0) this.#free(desk, lane);
    this.#goOn(false);
    this.#topUp(lane);
    this.#tell(lane, () => {
      desk.settle(message, lane);
    });
    this.#left();
    this.#rebalance();
  }

  unreadable(thread: Thread, error: unknown): void {
    const desk = this.#desks.get(thread);
    const lane = desk?.lane;
    if (desk === undefined || lane === undefined) return;
    // Nothing tells which of several it was: each has to show for itself, and the thread is out of step.
    if (desk.load > 1) {
      desk.isUnreadable = true;
      thread.kill();
      return;
    }
    const [chunk] = desk.clear(lane);
    this.#free(desk, lane);
    this.#goOn(false);
    if (chunk !== undefined) {
      this.#tell(lane, () => {
        lane.failed(chunk, unreadableError(`${lane.described(chunk)} on ${this.name}`, error));
      });
    }
    this.#left();
  }

  retiring(thread: Thread): void {
    const desk = this.#desks.get(thread);
    if (desk?.lane === undefined) return;
    this.#takeBack(desk, desk.lane, Infinity);
  }

  gone(thread: Thread, death: Death): void {
    const desk = this.#desks.get(thread);
    this.#desks.delete(thread);
    const lane = desk?.lane;
    if (desk === undefined || lane === undefined) {
      if (death.by !== 'executor' && thread.cells.used) {
        this.warn(
          `A worker of ${this.name} died while it had nothing to do: ${deathStory(death)}.`,
          (death as { error?: unknown }).error,
        );
      }
      this.#goOn(false);
      this.#left();
      return;
    }
    const { running } = desk;
    const isCulprit = running !== undefined && desk.expects(running) && death.by !== 'executor';
    const victims = isCulprit ? [desk.isolate(running, lane)] : [];
    // Not begun, or done and not told: no part of what happened, unless what was moved is lost.
    const others = desk.clear(lane);
    if (lane.options.transfer.length > 0) victims.push(...others);
    else if (desk.isUnreadable) lane.putBackAlone(others.flatMap((chunk) => [...singles(chunk, lane)]));
    else lane.putBack(others);
    this.#free(desk, lane);
    this.#goOn(false);
    this.#tell(lane, () => {
      for (const victim of victims) lane.failed(victim, crashError(death, lane.described(victim), this.name));
    });
    this.#left();
  }

  stranded(death: Death): void {
    for (let lane = this.#queue.shift(); lane !== undefined; lane = this.#queue.shift()) {
      this.#failWaiting(lane, (described) => this.#startError(death, described));
    }
    this.#left();
  }

  warn(message: string, error?: unknown): void {
    const detail = error instanceof Error ? error.stack : undefined;
    process.emitWarning(message, { type: 'BackgroundWarning', ...(detail === undefined ? {} : { detail }) });
  }

  #open(task: string | TaskFunction, host: LaneHost, options: ThreadLaneOptions): ThreadLane {
    let source: string | FunctionSource = typeof task === 'string' ? task : { name: task.name, text: '' };
    let refusal: ((described: string) => unknown) | undefined = this.#closing.asked ? this.#refusal : undefined;
    try {
      source = this.#checked(task);
    } catch (error) {
      refusal ??= () => error;
    }
    const lane = new ThreadLane(this, host, source, options);
    if (refusal !== undefined) lane.refuse(refusal, 0);
    return lane;
  }

  #checked(task: string | TaskFunction): string | FunctionSource {
    if (typeof task === 'function') return functionSource(task);
    if (this.#options.module === undefined)
      throw new TaskNotFoundError(`${this.name} has no task '${task}': it has no module and runs functions only.`);
    return task;
  }

  /** Gives values that wait to idle threads, and sees to it that there are threads for them. */
  #goOn(fresh: boolean): void {
    if (this.#queue.length === 0) return;
    for (let lane = this.#queue.first; lane !== undefined; lane = this.#queue.first) {
      if (lane.isRefusing) {
        this.#queue.remove(lane);
        this.#failWaiting(lane, lane.refusal);
      } else if (lane.room <= 0) {
        this.#queue.remove(lane);
        lane.isParked = true;
      } else {
        const thread = this.#busy.size < this.#capacity ? this.#crew.take() : undefined;
        if (thread === undefined) break;
        this.#queue.remove(lane);
        const desk = this.#deskOf(thread);
        if (!this.#serve(desk, lane)) this.#crew.release(thread);
        if (lane.waiting > 0 && !lane.isQueued) this.#queue.push(lane);
      }
    }
    this.#crew.want(this.#busy.size + this.#wanted(), fresh);
    this.#holdProcess();
  }

  /** How many more threads than there are busy ones could be of use. */
  #wanted(): number {
    let wanted = 0;
    for (let lane = this.#queue.first; lane !== undefined && wanted < this.#capacity; lane = lane.after) {
      wanted += Math.min(lane.waiting, lane.room);
    }
    return wanted;
  }

  /** Sends more to threads that will soon have done what they have of the lane, so that they need not wait for it. */
  #topUp(lane: ThreadLane): void {
    // Of threads too many, those go that are done first.
    if (lane.msEach === undefined || this.#busy.size > this.#capacity) return;
    for (const desk of [...lane.desks]) {
      if (desk.lane !== lane) continue;
      const others = this.#queue.length - (lane.queued ? 1 : 0);
      if (others > 0 || !lane.mayGoOn || lane.waiting < portionOf(lane) || lane.isRefusing) return;
      const { leaving, retiring } = desk.thread;
      if (desk.isAlone || lane.isNextAlone) continue;
      const isShort = desk.load <= lane.chunkSize && desk.load + lane.chunkSize <= mostOnTheWay;
      if (isShort && !leaving && !retiring) this.#serve(desk, lane);
    }
    if (lane.waiting === 0) this.#queue.remove(lane);
    else if (!lane.isQueued) this.#queue.push(lane);
  }

  /** Sends a chunk of the lane to the thread; false when there is none. */
  #serve(desk: Desk<ThreadLane>, lane: ThreadLane): boolean {
    const sharers = 1 + Math.max(0, Math.min(this.#crew.idle, lane.room - 1));
    const chunk = lane.take(Math.min(lane.chunkSize, Math.ceil(lane.waiting / sharers)));
    if (chunk === undefined) return false;
    desk.isAlone = lane.goesAlone(chunk);
    desk.lane = lane;
    lane.sits(desk, true);
    this.#busy.add(desk);
    const failures = this.#send(desk, lane, chunk);
    if (desk.load === 0) this.#free(desk, lane);
    else this.#watch(desk, lane);
    if (failures.length < chunk.length) lane.sent();
    if (failures.length > 0)
      this.#tell(lane, () => {
        for (const { alone, error } of failures) lane.failed(alone, error);
      });
    return true;
  }

  /** Gives the values that cannot be sent. */
  #send(desk: Desk<ThreadLane>, lane: ThreadLane, chunk: Chunk): { readonly alone: Chunk; readonly error: unknown }[] {
    const { rest, transfer } = lane.options;
    const serial = desk.enter(chunk);
    try {
      desk.thread.run(lane.message(serial, chunk), transfer);
      return [];
    } catch (cause) {
      desk.strikeLast();
      // One of them cannot be sent: each has to show for itself.
      if (chunk.length > 1) return [...singles(chunk, lane)].flatMap((alone) => this.#send(desk, lane, alone));
      const args = [chunk.input(0), ...(chunk.rest(0) ?? rest)];
      return [{ alone: chunk, error: argumentCloneError(`${lane.described(chunk)} on ${this.name}`, args, cause) }];
    }
  }

  /** Looks, in time, whether the running value is late. */
  #watch(desk: Desk<ThreadLane>, lane: ThreadLane, inMs = lane.options.timeoutMs): void {
    if (inMs === undefined || desk.lateTimer !== undefined) return;
    desk.lateTimer = setTimeout(() => {
      desk.lateTimer = undefined;
      this.#look(desk, lane, lane.options.timeoutMs as number);
    }, inMs);
  }

  #look(desk: Desk<ThreadLane>, lane: ThreadLane, timeoutMs: number): void {
    const { running, thread } = desk;
    const age = sharedNow() - thread.cells.startedAt;
    // A value that began after the look began cannot be late.
    const isSame = running !== undefined && running === desk.running && desk.expects(running);
    if (isSame && age >= timeoutMs) this.#late(desk, lane, running);
    this.#watch(desk, lane, isSame && age < timeoutMs ? timeoutMs - age : timeoutMs);
  }

  #late(desk: Desk<ThreadLane>, lane: ThreadLane, serial: number): void {
    const chunk = desk.isolate(serial, lane);
    this.#stop(desk, serial);
    this.#takeBack(desk, lane, Infinity);
    this.#tell(lane, () => {
      lane.host.late(chunk);
    });
    this.#left();
  }

  /** Calls that have not begun, and will not soon, go to other threads. */
  #takeBack(desk: Desk<ThreadLane>, lane: ThreadLane, most: number): void {
    lane.putBack(desk.withdraw(most, lane));
    this.#unpark(lane);
    this.#goOn(false);
  }

  /** While a thread has nothing to do, it takes over half of what waits on another. */
  #rebalance(): void {
    if (this.#rebalanceTimer !== undefined) clearTimeout(this.#rebalanceTimer);
    this.#rebalanceTimer = undefined;
    if (this.#queue.length > 0 || this.#busy.size >= this.#capacity) return;
    let isLater = false;
    for (const desk of this.#busy) {
      const { lane, load } = desk;
      if (lane === undefined || load < 2 || lane.room <= 0) continue;
      const { running, thread } = desk;
      const ageMs = running === undefined ? 0 : sharedNow() - thread.cells.startedAt;
      if ((load - 1) * Math.max(lane.msEach ?? 0, ageMs) > targetMs / 2) {
        this.#takeBack(desk, lane, load >> 1);
        return;
      }
      isLater = true;
    }
    if (isLater) {
      this.#rebalanceTimer = setTimeout(() => {
        this.#rebalance();
      }, rebalanceMs);
    }
  }

  /** Stops what runs on the desk when nobody wants it. */
  #stopUnwanted(desk: Desk<ThreadLane>): void {
    const { running } = desk;
    if (running === undefined ? !desk.isWanted() : !desk.expects(running)) this.#stop(desk, running);
  }

  /** Has a call end that nobody wants, or, when none runs, the thread answer for what it was sent in vain. */
  #stop(desk: Desk<ThreadLane>, serial: number | undefined): void {
    const { thread, lane } = desk;
    const graceMs = Math.min(lane?.options.graceMs ?? this.#options.graceMs, longestMs);
    clearTimeout(desk.graceTimer);
    if (serial !== undefined && graceMs <= 0) {
      thread.kill();
      return;
    }
    if (serial !== undefined) thread.stop(serial);
    desk.graceTimer = setTimeout(
      () => {
        if (serial === undefined ? !desk.isWanted() : desk.running === serial) thread.kill();
        // One that began while those behind it were taken back.
        else if (desk.running !== undefined) this.#stopUnwanted(desk);
      },
      serial === undefined ? Math.max(graceMs, answerMs) : graceMs,
    );
  }

  /** The desk has no call any more. */
  #free(desk: Desk<ThreadLane>, lane: ThreadLane): void {
    if (desk.lateTimer !== undefined) clearTimeout(desk.lateTimer);
    if (desk.graceTimer !== undefined) clearTimeout(desk.graceTimer);
    desk.lateTimer = desk.graceTimer = desk.lane = undefined;
    lane.sits(desk, false);
    this.#busy.delete(desk);
    this.#crew.release(desk.thread);
    const { parent = lane } = lane.options;
    if (lane.waiting === 0) parent.calls.delete(lane);
    let left = parent.calls.size > 0 ? parent.room : 0;
    for (const call of parent.calls) {
      if (left <= 0) break;
      if (call.isParked) left--;
      this.#unpark(call);
    }
    this.#unpark(parent);
    if (parent !== lane) this.#unpark(lane);
  }

  /** More of the lane's calls may run, or wait, than before. */
  #unpark(lane: ThreadLane): void {
    lane.isParked = false;
    if (lane.waiting > 0 && !lane.queued) this.#queue.push(lane);
  }

  #deskOf(thread: Thread): Desk<ThreadLane> {
    let desk = this.#desks.get(thread);
    if (desk === undefined) {
      desk = new Desk<ThreadLane>(thread);
      this.#desks.set(thread, desk);
    }
    return desk;
  }

  #tell(lane: ThreadLane, outcomes: () => void): void {
    const wasTelling = this.#isTelling;
    this.#isTelling = true;
    try {
      lane.tell(outcomes);
    } finally {
      this.#isTelling = wasTelling;
    }
    if (wasTelling) return;
    this.#goOn(true);
    this.#topUp(lane);
  }

  /** Fails the values that wait in the lane now, not those that come when it is told. */
  #failWaiting(lane: ThreadLane, errorOf: (described: string) => unknown): void {
    for (let left = lane.waiting; left > 0; left--) {
      const chunk = lane.take(1);
      if (chunk === undefined) return;
      if (lane.waiting === 0) lane.options.parent?.calls.delete(lane);
      this.#tell(lane, () => {
        lane.failed(chunk, errorOf(lane.described(chunk)));
      });
    }
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
    const cut = [...this.#busy].flatMap((desk) => {
      const { lane } = desk;
      return lane === undefined ? [] : desk.clear(lane).map((chunk) => ({ lane, chunk }));
    });
    const waiting = [...this.#lanes].flatMap((lane) => [...lane.calls, lane]);
    for (let lane = this.#queue.shift(); lane !== undefined; lane = this.#queue.shift()) waiting.push(lane);
    this.#dismiss(true);
    for (const { lane, chunk } of cut) {
      this.#tell(lane, () => {
        for (const alone of singles(chunk, lane)) lane.failed(alone, this.#cutShort(lane.described(alone)));
      });
    }
    for (const lane of waiting) this.#failWaiting(lane, this.#cutShort);
  }

  readonly #cutShort = (described: string): ExecutorClosedError =>
    new ExecutorClosedError(`${this.name} was closed by force before ${described} had finished.`);

  readonly #refusal = (described: string): ExecutorClosedError =>
    new ExecutorClosedError(`${this.name} is closed and takes no call of ${described}; make a new one.`);

  #closeWhenIdle(): void {
    if (this.#closing.asked && this.#busy.size === 0 && this.#queue.length === 0) this.#dismiss(false);
  }

  #dismiss(force: boolean): void {
    this.#crew.dismiss(force, () => {
      this.#closing.over(this.#crew.disposeErrors);
      this.#keepAlive.end();
    });
  }

  #holdProcess(): void {
    const isUsed = this.#busy.size > 0 || this.#queue.length > 0;
    this.#keepAlive.while(isUsed || this.#readying > 0 || this.#closing.pending);
  }

  #closedError(): ExecutorClosedError {
    return new ExecutorClosedError(`${this.name} is closed; make a new one.`);
  }

  #startError(death: Death, described: string | undefined): WorkerStartError {
    return startError(death, described, this.name, this.#options.module);
  }
}

/** How many values at least are worth a message to a thread that is busy. */
function portionOf(lane: ThreadLane): number {
  return Math.ceil(lane.chunkSize / 2);
}

/** The chunk's values, each as a chunk of its own. */
function* singles(chunk: Chunk, lane: ThreadLane): Generator<Chunk> {
  let rest = chunk;
  while (rest.length > 1) {
    const rear = lane.host.split(rest, 1);
    yield rest;
    rest = rear;
  }
  yield rest;
}
