import { AsyncResource } from 'node:async_hooks';
import { serialize } from 'node:v8';
import type { Chunk } from '../../engine/chunk.js';
import { ChunkTuner, mostBytes, mostInChunk } from '../../engine/chunk-tuner.js';
import { packed } from '../../worker/column.js';
import { copiedOnce } from '../../worker/copied-once.js';
import { describeCall } from '../../worker/describe-call.js';
import { joinStacks } from '../../worker/join-stacks.js';
import type { FunctionSource, RunMessage } from '../../worker/protocol.js';
import { refuseMoved } from '../../worker/was-moved.js';
import type { CallLane, CallListener, TaskCall } from '../executor.js';
import type { LaneHost, LaneOptions } from '../lane.js';
import type { Queued } from './call-queue.js';
import type { Desk } from './desk.js';

export interface ThreadLaneOptions extends Omit<LaneOptions, 'task'> {
  readonly attempt: number;
  readonly transfer: readonly unknown[];
  /** It sends one call, which has no argument at all. */
  readonly isBare: boolean;
  /** It sends one call and no more. */
  readonly isSingle: boolean;
  /** Its values have positions in a stream. */
  readonly isNumbered: boolean;
  /** The lane that it sends a call for. */
  readonly parent?: ThreadLane | undefined;
  /** Told once, when it has been sent to a thread first. */
  readonly sent?: (() => void) | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a lane asks of its executor. */
export interface LaneOwner {
  /** The executor's name, for messages. */
  readonly name: string;
  offered(lane: ThreadLane): void;
  execute(call: TaskCall, listener: CallListener, parent: ThreadLane): () => void;
  cancelled(lane: ThreadLane, chunk?: Chunk): void;
}

/** Values for one task, and where they are: at the host, taken back, or at desks. */
export class ThreadLane implements CallLane, Queued<ThreadLane> {
  before: ThreadLane | undefined;
  after: ThreadLane | undefined;
  queued = false;
  readonly host: LaneHost;
  readonly task: string | FunctionSource;
  readonly options: ThreadLaneOptions;
  /** The desks that have calls of it, unwanted ones included. */
  readonly desks: Desk<ThreadLane>[] = [];
  /** Lanes of single calls for its owner, which have not ended. */
  readonly calls = new Set<ThreadLane>();
  /** How many of them run. */
  callsRunning = 0;
  /** Takes it off its executor's list; `undefined` where it is on none. */
  leave: (() => void) | undefined;
  /** Values wait, and as many of its calls run as may. */
  isParked = false;
  /** It takes nothing more, and nobody listens. */
  isClosed = false;
  /** Makes the errors of the values that it may not send. */
  refusal: (described: string) => unknown = () => undefined;
  #wasSent = false;
  /** How many more values it may send. */
  #allowance = Infinity;
  readonly #owner: LaneOwner;
  /** Chunks that came back from a thread, to be run before anything else; by their place in the stream. */
  readonly #again: Chunk[] = [];
  readonly #tuner: ChunkTuner | undefined;
  /** Those of them, a value each, that are sent by themselves. */
  #alone: WeakSet<Chunk> | undefined;
  /** The asynchronous context in which outcomes are told; `undefined` as long as its opener is on the stack. */
  #scope: AsyncResource | undefined;

  constructor(owner: LaneOwner, host: LaneHost, task: string | FunctionSource, options: ThreadLaneOptions) {
    this.#owner = owner;
    this.host = host;
    this.task = task;
    this.options = options;
    this.#tuner = options.isSingle ? undefined : new ChunkTuner(options.mostInChunk);
  }

  get chunkSize(): number {
    const { chunkSize, mostInChunk: most = mostInChunk } = this.options;
    return this.#tuner === undefined || chunkSize !== undefined
      ? Math.min(chunkSize ?? 1, most, mostInChunk)
      : this.#tuner.size;
  }

  get isQueued(): boolean {
    return this.queued || this.isParked;
  }

  /** How long a value takes, in milliseconds; `undefined` where nobody knows. */
  get msEach(): number | undefined {
    return this.#tuner?.msEach;
  }

  /** How many values wait for a worker. */
  get waiting(): number {
    if (this.isClosed) return 0;
    let count = this.host.waiting();
    for (const chunk of this.#again) count += chunk.length;
    return count;
  }

  /** How many more threads may run calls of it. */
  get room(): number {
    const { parent } = this.options;
    if (parent !== undefined) return Math.min(1 - this.desks.length, parent.room);
    return this.options.concurrency() - this.desks.length - this.callsRunning;
  }

  /** Whether its threads may be given more before they are free: there is no call for which one has to make room. */
  get mayGoOn(): boolean {
    for (const call of this.calls) if (call.isParked) return false;
    return true;
  }

  /** Whether values wait and none of them may be sent. */
  get isRefusing(): boolean {
    return this.#allowance === 0 && this.#again.length === 0;
  }

  readonly offer = (): void => {
    this.#owner.offered(this);
  };

  readonly execute = (call: TaskCall, listener: CallListener): (() => void) =>
    this.#owner.execute(call, listener, this);

  /** A thread has something of it, or nothing any more. */
  sits(desk: Desk<ThreadLane>, isOn: boolean): void {
    const position = this.desks.indexOf(desk);
    if (isOn === (position !== -1)) return;
    if (isOn) this.desks.push(desk);
    else if (position === this.desks.length - 1) this.desks.pop();
    else this.desks.splice(position, 1);
    const { parent } = this.options;
    if (parent !== undefined) parent.callsRunning += isOn ? 1 : -1;
  }

  cancel(chunk: Chunk): void {
    const position = this.#again.indexOf(chunk);
    if (position === -1) this.#owner.cancelled(this, chunk);
    else this.#again.splice(position, 1);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.#again.length > 0) this.#again.length = 0;
    this.#owner.cancelled(this);
  }

  /** From now on it sends `allowance` values and no more; the others fail. */
  refuse(refusal: (described: string) => unknown, allowance: number): void {
    this.refusal = refusal;
    this.#allowance = Math.min(this.#allowance, allowance);
  }

  /** Takes up to `most` values; nothing when it has been closed meanwhile. */
  take(most: number): Chunk | undefined {
    const chunk = this.#again.shift() ?? this.#takeNew(most);
    if (chunk === undefined || this.isClosed) return undefined;
    if (chunk.length === 1) return chunk;
    const fitting = Math.min(most, this.#fitting(chunk));
    if (chunk.length > fitting) this.#again.unshift(this.host.split(chunk, fitting));
    return chunk;
  }

  /** A value of it, alone in its chunk, has failed. */
  failed(chunk: Chunk, error: unknown): void {
    this.host.failed(chunk, this.joined(error, chunk));
  }

  /** The error of a value of it, with the stack of its caller. */
  joined(error: unknown, chunk: Chunk): unknown {
    joinStacks(error, `${this.described(chunk)} on ${this.#owner.name}`, this.options.site);
    return error;
  }

  /** Values of it have been sent. */
  sent(): void {
    const { sent } = this.options;
    if (sent === undefined || this.isClosed || this.#wasSent) return;
    this.#wasSent = true;
    if (this.#scope === undefined) sent();
    else this.#scope.runInAsyncScope(sent);
  }

  /** Puts back what was not run. */
  putBack(chunks: readonly Chunk[]): void {
    if (this.isClosed || chunks.length === 0) return;
    this.#again.push(...chunks);
    this.#again.sort((one, other) => one.index - other.index);
  }

  /** Puts back single values, which go to their threads with nothing beside them. */
  putBackAlone(chunks: readonly Chunk[]): void {
    this.#alone ??= new WeakSet();
    for (const chunk of chunks) this.#alone.add(chunk);
    this.putBack(chunks);
  }

  /** The position in its stream of what is taken next; after all others, where that has not been anywhere yet. */
  get nextIndex(): number {
    return this.#again[0]?.index ?? Infinity;
  }

  /** Whether what is taken next has to go by itself. */
  get isNextAlone(): boolean {
    const [next] = this.#again;
    return next !== undefined && this.#alone?.has(next) === true;
  }

  /** Whether the chunk, which has just been taken, has to go by itself. */
  goesAlone(chunk: Chunk): boolean {
    return this.#alone?.delete(chunk) === true;
  }

  /** Tells outcomes, in one run; when it is closed, they are nobody's. */
  tell(outcomes: () => void): void {
    if (this.isClosed) outcomes();
    else if (this.#scope === undefined) this.host.tell(outcomes);
    else this.#scope.runInAsyncScope(tellHost, undefined, this.host, outcomes);
  }

  /** Calls `work` where outcomes are told. */
  inContext(work: () => void): void {
    if (this.#scope === undefined) work();
    else this.#scope.runInAsyncScope(work);
  }

  /** Outcomes are told in the asynchronous context of now. */
  keepContext(): void {
    this.#scope = new AsyncResource('rxjs-background.lane');
  }

  /** A thread has run `count` values in `ms`. */
  ran(count: number, ms: number): void {
    this.#tuner?.ran(count, ms);
  }

  /**
   * What a thread is told to run, and, put on `moves`, what of it is to be moved. What is as usual is left out, since each word
   * costs time.
   */
  message(serial: number, chunk: Chunk, moves: unknown[]): RunMessage {
    const { attempt, rest, timeoutMs, transfer, isBare, isNumbered, streamAhead } = this.options;
    const { rests } = chunk;
    let inputs = packed(chunk.inputs);
    if (transfer.length > 0) {
      refuseMoved(transfer);
      moves.push(...transfer);
    } else inputs = copiedOnce(inputs, rests ?? [rest], moves);
    const message: Writable<RunMessage> = { type: 'run', serial, task: this.task, inputs };
    if (isNumbered) message.index = chunk.index;
    if (attempt > 1) message.attempt = attempt;
    if (rests !== undefined) message.rests = rests;
    else if (rest.length > 0) message.rest = rest;
    if (isBare) message.isBare = true;
    if (timeoutMs !== undefined) message.isTimed = true;
    if (streamAhead !== undefined) message.streamAhead = streamAhead;
    return message;
  }

  /** How one of its calls is named in messages. */
  described(chunk: Chunk): string {
    return describeCall(this.task, this.options.isNumbered ? chunk.index : undefined);
  }

  #takeNew(most: number): Chunk | undefined {
    const chunk = this.host.take(this.isRefusing ? 1 : Math.min(most, this.#allowance));
    this.#allowance = Math.max(0, this.#allowance - (chunk?.length ?? 0));
    return chunk;
  }

  /** How many of its values a single message may hold. */
  #fitting(chunk: Chunk): number {
    for (let position = 0; position < chunk.length; position++) {
      if (typeof chunk.input(position) === 'number') continue;
      return Math.min(this.#beforeRepetition(chunk), this.#beforeTooMuch(chunk));
    }
    this.#tuner?.weighed(0);
    return chunk.length;
  }

  /** How many values there are before those that would make the message too heavy. What somebody asked for is not. */
  #beforeTooMuch(chunk: Chunk): number {
    if (this.options.chunkSize !== undefined) return chunk.length;
    const each = Math.max(weightOf(chunk.input(0)), weightOf(chunk.input(chunk.length - 1)));
    this.#tuner?.weighed(each);
    let bytes = 0;
    for (let position = 0; position < chunk.length; position++) {
      bytes += flatWeightOf(chunk.input(position)) ?? each;
      if (bytes > mostBytes) return Math.max(1, position);
    }
    return chunk.length;
  }

  /**
   * How many values there are before one that is in the chunk already: in a single message the two would arrive as one
   * object, which a task that changes its input would change twice.
   */
  #beforeRepetition(chunk: Chunk): number {
    const seen = new Set<unknown>();
    for (let position = 0; position < chunk.length; position++) {
      const input = chunk.input(position);
      if (typeof input !== 'object' || input === null) continue;
      if (seen.has(input)) return position;
      seen.add(input);
    }
    return chunk.length;
  }
}

function tellHost(host: LaneHost, outcomes: () => void): void {
  host.tell(outcomes);
}

/** How many bytes a value is copied as, about; 0 where it is not worth asking, or cannot be copied. */
function weightOf(value: unknown): number {
  const flat = flatWeightOf(value);
  if (flat !== undefined) return flat;
  try {
    return serialize(value).byteLength;
  } catch {
    return 0;
  }
}

/** The same where it can be read off; `undefined` for what holds other values. */
function flatWeightOf(value: unknown): number | undefined {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  try {
    return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.byteLength : undefined;
  } catch {
    // A proxy that lets nobody look, and cannot be sent.
    return 0;
  }
}
