import type { Chunk } from '../../engine/chunk.js';
import { Roster } from '../../engine/roster.js';
import { callSite } from '../../call-site.js';
import { TaskNotFoundError, type WorkerStartError } from '../../errors.js';
import { checkOptions, checkValue } from '../../options.js';
import { reporting } from '../../reporting.js';
import { decodeThrown } from '../../worker/decode-error.js';
import {
  usualStreamAhead,
  type FunctionSource,
  type OutcomesMessage,
  type StreamedMessage,
} from '../../worker/protocol.js';
import { mostOnTheWay } from '../../worker/shared-cells.js';
import {
  closeRules,
  type CallLane,
  type CallListener,
  type CloseOptions,
  type Executor,
  type TaskCall,
} from '../executor.js';
import type { LaneHost, LaneOptions } from '../lane.js';
import type { TaskFunction } from '../task-function.js';
import { CallQueue } from './call-queue.js';
import { unreadableError } from './clone-error.js';
import { Closing } from './closing.js';
import { Crew, type CrewListener, type CrewOptions } from './crew.js';
import { crashError, deathStory, startError, type Death } from './death.js';
import { Desk, type Streaming } from './desk.js';
import { functionSource } from './function-source.js';
import { Hurry } from './hurry.js';
import { KeepAlive } from './keep-alive.js';
import { Rebalancer } from './rebalancer.js';
import { send } from './send.js';
import { singles } from './singles.js';
import { Standstill } from './standstill.js';
import { ThreadCall } from './thread-call.js';
import { ThreadLane, type LaneOwner, type ThreadLaneOptions } from './thread-lane.js';
import { ThreadStream } from './thread-stream.js';
import type { Thread } from './thread.js';
import { Watch } from './watch.js';

export interface ThreadsExecutorOptions extends CrewOptions {
  /** How long a cancelled call may go on, when the call itself does not say. */
  readonly graceMs: number;
}

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
  readonly #busy: Desk<ThreadLane>[] = [];
  readonly #lanes = new Roster<ThreadLane>();
  readonly #roomListeners = new Roster<() => void>();
  #capacity: number;
  /** Outcomes are being told: what that brings in is sent together afterwards. */
  #isTelling = false;
  readonly #rebalancer = new Rebalancer(() => {
    this.#rebalance();
  });
  readonly #watch: Watch;
  readonly #hurry = new Hurry(this.#busy);
  readonly #standstill = new Standstill(this.#busy, () => {
    this.warn(
      `Calls wait for a thread of ${this.name}, and each of its threads waits for somebody to take what it streams. If that is what those calls are for, this never ends: give the map that streams a smaller concurrency than there are threads, or a pool of its own.`,
    );
  });
  /** How many promises of `ready()` are open. */
  #readying = 0;
  readonly #closing: Closing;

  constructor(options: ThreadsExecutorOptions) {
    this.name = options.executor;
    this.#options = options;
    this.#capacity = options.most;
    this.#crew = new Crew(options, this);
    this.#closing = new Closing(options.executor);
    this.#watch = new Watch(options.graceMs, (desk, lane, serial) => {
      this.#late(desk, lane, serial);
    });
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** A call whose thread is still starting has its slot already. */
  get free(): number {
    return Math.max(0, this.#capacity - this.#busy.length - this.#queue.length);
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
      streamAhead: options.streamAhead,
      attempt: 1,
      transfer: nothing,
      isBare: false,
      isNumbered: true,
      isSingle: false,
      parent: undefined,
      sent: undefined,
    });
    lane.leave = this.#lanes.add(lane);
    lane.keepContext();
    return lane;
  }

  onRoom(listener: () => void): () => void {
    return this.#roomListeners.add(listener);
  }

  async ready(): Promise<void> {
    if (this.#closing.asked) throw this.#closing.error();
    this.#readying++;
    this.#holdProcess();
    try {
      await this.#crew.ready();
    } catch (death) {
      throw (death as Death).by === 'executor' ? this.#closing.error() : this.#startError(death as Death, undefined);
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
    this.#lanes.each((lane) => {
      for (const call of lane.calls) this.#unpark(call);
      this.#unpark(lane);
    });
    this.#goOn(false);
    this.#left();
  }

  close(options: CloseOptions = {}): Promise<void> {
    checkOptions('close', options, closeRules);
    // First: what comes when they are told that they were cut short is too late.
    this.#lanes.each((lane) => {
      lane.refuse(this.#closing.refusal, lane.host.waiting());
    });
    const closed = this.#closing.ask(options, () => {
      this.#force();
    });
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
    // To make its arguments may have been to close everything, and have brought nothing.
    this.#closeWhenIdle();
    this.#watchStandstill();
  }

  cancelled(lane: ThreadLane, chunk?: Chunk): void {
    if (lane.isClosed) {
      const isOver = !lane.isQueued && lane.desks.length === 0;
      lane.leave?.();
      this.#queue.remove(lane);
      if (lane.desks.length === 0) lane.options.parent?.calls.delete(lane);
      // It had left before.
      if (isOver) return;
    }
    for (const desk of [...lane.desks]) {
      if (lane.isClosed) desk.streaming?.stream.close();
      if (!desk.isWanted(chunk)) continue;
      desk.cancel(chunk);
      this.#watch.stopUnwanted(desk);
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
    const streamed = desk.streaming?.stream.serial === message.serial ? desk.endStreaming() : undefined;
    lane.ran(message.ran, message.ms);
    if (desk.load === 0) this.#free(desk, lane);
    else this.#hurry.moved(desk);
    this.#goOn(false);
    this.#topUp(lane);
    this.#tell(lane, () => {
      desk.settle(message, lane);
    });
    if (streamed !== undefined) {
      const failure = message.failures?.find(([position]) => position === 0);
      this.#endStream(lane, streamed, failure && { error: decodeThrown(failure[1]) });
    }
    this.#left();
    this.#rebalance();
  }

  streamed(thread: Thread, { serial, values }: StreamedMessage): void {
    const desk = this.#desks.get(thread);
    const lane = desk?.lane;
    if (desk === undefined || lane === undefined) return;
    this.#standstill.stop();
    if (desk.streaming?.stream.serial === serial) {
      const { stream } = desk.streaming;
      this.#tellStream(lane, () => {
        stream.brought(values);
      });
    } else if (desk.expects(serial)) {
      const chunk = desk.isolate(serial, lane);
      const stream = this.#streamOf(desk, lane, serial);
      desk.streaming = { stream, chunk };
      stream.brought(values);
      // It may take long.
      this.#takeBack(desk, lane, Infinity);
      this.#tell(lane, () => {
        lane.host.streams(chunk, stream.values$, stream);
      });
    }
    this.#left();
  }

  unreadable(thread: Thread, error: unknown): void {
    const desk = this.#desks.get(thread);
    const lane = desk?.lane;
    if (desk === undefined || lane === undefined) return;
    const streamed = desk.endStreaming();
    if (streamed !== undefined) {
      desk.isUnreadable = true;
      thread.kill();
      const { chunk } = streamed;
      this.#endStream(lane, streamed, { error: unreadableError(`${lane.described(chunk)} on ${this.name}`, error) });
      return;
    }
    // Nothing tells which of several it was: each has to show for itself, and the thread is out of step.
    if (desk.load > 1) {
      desk.isUnreadable = true;
      thread.kill();
      return;
    }
    // It may stream: then there is more to come, which nobody would grant it.
    const isRunning = desk.running !== undefined;
    const [chunk] = desk.clear(lane);
    if (isRunning) thread.kill();
    else this.#free(desk, lane);
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
    else if (desk.isUnreadable) lane.putBackAlone(others.flatMap((chunk) => [...singles(chunk, lane.host)]));
    else lane.putBack(others);
    const streamed = desk.endStreaming();
    const crash = (chunk: Chunk): unknown => crashError(death, lane.described(chunk), this.name);
    this.#free(desk, lane);
    this.#goOn(false);
    if (victims.length > 0) {
      this.#tell(lane, () => {
        for (const victim of victims) lane.failed(victim, crash(victim));
      });
    }
    if (streamed !== undefined) this.#endStream(lane, streamed, { error: crash(streamed.chunk) });
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
    let refusal: ((described: string) => unknown) | undefined = this.#closing.asked ? this.#closing.refusal : undefined;
    try {
      source = this.#checked(task);
    } catch {
      // Each of its calls gets an error of its own, whose stack leads to that call.
      refusal ??= () => this.#objectionTo(task);
    }
    const lane = new ThreadLane(this, host, source, options);
    if (refusal !== undefined) lane.refuse(refusal, 0);
    return lane;
  }

  /** The values of a call that streams. */
  #streamOf(desk: Desk<ThreadLane>, lane: ThreadLane, serial: number): ThreadStream {
    const { thread } = desk;
    const stream: ThreadStream = new ThreadStream(
      serial,
      lane.options.streamAhead ?? usualStreamAhead,
      (count) => {
        thread.grant(serial, count);
      },
      () => {
        if (desk.streaming?.stream !== stream) return;
        desk.streaming = undefined;
        this.#watch.stop(desk, serial);
      },
    );
    return stream;
  }

  #endStream(lane: ThreadLane, { stream, chunk }: Streaming, failure: { readonly error: unknown } | undefined): void {
    const joined = failure && { error: lane.joined(failure.error, chunk) };
    this.#tellStream(lane, () => {
      stream.ended(joined);
    });
  }

  #checked(task: string | TaskFunction): string | FunctionSource {
    if (typeof task === 'function') return functionSource(task);
    if (this.#options.module === undefined)
      throw new TaskNotFoundError(`${this.name} has no task '${task}': it has no module and runs functions only.`);
    return task;
  }

  #objectionTo(task: string | TaskFunction): unknown {
    try {
      return this.#checked(task);
    } catch (error) {
      return error;
    }
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
        const thread = this.#busy.length < this.#capacity ? this.#crew.take() : undefined;
        if (thread === undefined) break;
        this.#queue.remove(lane);
        this.#serve(this.#deskOf(thread), lane);
        if (lane.waiting > 0 && !lane.isQueued) this.#queue.push(lane);
      }
    }
    this.#crew.want(this.#busy.length + this.#wanted(), fresh);
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
    if (lane.msEach === undefined || this.#busy.length > this.#capacity) return;
    for (const desk of [...lane.desks]) {
      // One without a call is just being given some.
      if (desk.lane !== lane || desk.load === 0) continue;
      const others = this.#queue.length - (lane.queued ? 1 : 0);
      if (others > 0 || !lane.mayGoOn || lane.waiting < portionOf(lane) || lane.isRefusing) return;
      const { leaving, retiring } = desk.thread;
      if (desk.isAlone || lane.isNextAlone || !desk.mayTake(lane.nextIndex)) continue;
      const isShort = desk.load <= lane.chunkSize && desk.load + lane.chunkSize <= mostOnTheWay;
      if (isShort && !leaving && !retiring) this.#serve(desk, lane);
    }
    if (lane.waiting === 0) this.#queue.remove(lane);
    else if (!lane.isQueued) this.#queue.push(lane);
  }

  /** Sends a chunk of the lane, if there is one, to the thread. */
  #serve(desk: Desk<ThreadLane>, lane: ThreadLane): void {
    const sharers = 1 + Math.max(0, Math.min(this.#crew.idle, lane.room - 1));
    const most = Math.min(lane.chunkSize, Math.ceil(lane.waiting / sharers));
    const wasFree = desk.lane === undefined;
    // Before anything is taken: while its arguments are made, more may be called, or everything closed.
    if (wasFree) this.#busy.push(desk);
    desk.lane = lane;
    lane.sits(desk, true);
    const chunk = lane.take(most);
    const isKilled = desk.thread.leaving;
    if (wasFree && (chunk === undefined || isKilled)) this.#free(desk, lane);
    if (chunk === undefined) return;
    if (isKilled) {
      lane.putBack([chunk]);
      this.#failWaiting(lane, this.#closing.cutShort);
      return;
    }
    desk.isAlone = lane.goesAlone(chunk);
    const failures = send(desk, lane, chunk, this.name);
    if (desk.load === 0) this.#free(desk, lane);
    else this.#watch.begin(desk, lane);
    this.#hurry.moved(desk);
    if (failures.length < chunk.length) lane.sent();
    if (failures.length > 0)
      this.#tell(lane, () => {
        for (const { alone, error } of failures) lane.failed(alone, error);
      });
  }

  #late(desk: Desk<ThreadLane>, lane: ThreadLane, serial: number): void {
    const chunk = desk.isolate(serial, lane);
    this.#watch.stop(desk, serial);
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

  /** A thread with nothing to do takes over what waits on another. */
  #rebalance(): void {
    this.#rebalancer.stop();
    if (this.#busy.length === 0 || this.#queue.length > 0 || this.#busy.length >= this.#capacity) return;
    this.#rebalancer.among(this.#busy, (desk, lane, most) => {
      this.#takeBack(desk, lane, most);
    });
  }

  /** The desk has no call any more. */
  #free(desk: Desk<ThreadLane>, lane: ThreadLane): void {
    this.#watch.end(desk);
    desk.lane = undefined;
    lane.sits(desk, false);
    const last = this.#busy.pop();
    if (last !== undefined && last !== desk) this.#busy[this.#busy.indexOf(desk)] = last;
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
    this.#telling(lane, () => {
      lane.tell(outcomes);
    });
  }

  /** Tells who has subscribed to a stream of the lane: not its host, which takes part in nothing but the beginning. */
  #tellStream(lane: ThreadLane, news: () => void): void {
    this.#telling(lane, () => {
      lane.inContext(news);
    });
  }

  #telling(lane: ThreadLane, work: () => void): void {
    const wasTelling = this.#isTelling;
    this.#isTelling = true;
    reporting(work);
    this.#isTelling = wasTelling;
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
    this.#watchStandstill();
  }

  #watchStandstill(): void {
    this.#standstill.moved(this.#queue.length > 0 && this.#busy.length >= this.#capacity);
  }

  #tellRoom(): void {
    if (this.free === 0) return;
    this.#roomListeners.each((listener) => {
      if (this.free > 0) listener();
    });
  }

  #force(): void {
    const cut = this.#busy.flatMap((desk) => {
      const { lane } = desk;
      return lane === undefined ? [] : desk.clear(lane).map((chunk) => ({ lane, chunk }));
    });
    const streaming = this.#busy.flatMap((desk) => {
      const { lane } = desk;
      const streamed = desk.endStreaming();
      return lane === undefined || streamed === undefined ? [] : { lane, streamed };
    });
    const waiting: ThreadLane[] = [];
    this.#lanes.each((lane) => waiting.push(...lane.calls, lane));
    for (let lane = this.#queue.shift(); lane !== undefined; lane = this.#queue.shift()) waiting.push(lane);
    for (const lane of waiting) lane.refuse(this.#closing.refusal, 0);
    this.#dismiss(true);
    for (const { lane, chunk } of cut) {
      this.#tell(lane, () => {
        for (const alone of singles(chunk, lane.host))
          lane.failed(alone, this.#closing.cutShort(lane.described(alone)));
      });
    }
    for (const { lane, streamed } of streaming) {
      this.#endStream(lane, streamed, { error: this.#closing.cutShort(lane.described(streamed.chunk)) });
    }
    for (const lane of waiting) this.#failWaiting(lane, this.#closing.cutShort);
  }

  #closeWhenIdle(): void {
    if (this.#closing.asked && this.#busy.length === 0 && this.#queue.length === 0) this.#dismiss(false);
  }

  #dismiss(force: boolean): void {
    this.#crew.dismiss(force, () => {
      this.#closing.over(this.#crew.disposeErrors);
      this.#keepAlive.end();
    });
  }

  #holdProcess(): void {
    const isUsed = this.#busy.length > 0 || this.#queue.length > 0;
    this.#keepAlive.while(isUsed || this.#readying > 0 || this.#closing.pending);
  }

  #startError(death: Death, described: string | undefined): WorkerStartError {
    return startError(death, described, this.name, this.#options.module);
  }
}

/** How many values at least are worth a message to a thread that is busy. */
function portionOf(lane: ThreadLane): number {
  return Math.ceil(lane.chunkSize / 2);
}
