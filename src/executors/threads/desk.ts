import type { Chunk } from '../../engine/chunk.js';
import { decodeThrown } from '../../worker/decode-error.js';
import { longMessage } from '../../worker/pace.js';
import type { Column, Failure, OutcomesMessage } from '../../worker/protocol.js';
import type { ThreadStream } from './thread-stream.js';
import type { Thread } from './thread.js';
import type { LaneHost } from '../lane.js';

/** Calls with neighbouring numbers: those of a chunk, or, without one, calls whose outcomes nobody waits for. */
interface Part {
  chunk: Chunk | undefined;
  /** The number of the chunk's first call. */
  readonly base: number;
  /** The number after that of the last. */
  end: number;
}

/** A call whose result streams, and the value that it is of. */
export interface Streaming {
  readonly stream: ThreadStream;
  readonly chunk: Chunk;
}

/** Whose calls are on a desk. */
export interface DeskUser {
  /** Nobody listens. */
  readonly isClosed: boolean;
  readonly host: Pick<LaneHost, 'split' | 'brought'>;
  failed(chunk: Chunk, error: unknown): void;
}

/** What a thread has been given to do, all of one lane, and has not answered yet. */
export class Desk<Lane extends DeskUser = DeskUser> {
  readonly thread: Thread;
  /** Whose calls are on it; `undefined` while it is free. */
  lane: Lane | undefined;
  /** Looks whether the running call is late. */
  lateTimer: NodeJS.Timeout | undefined;
  /** Kills the thread when the stopped call has not ended. */
  graceTimer: NodeJS.Timeout | undefined;
  /** The call that runs, where its result streams and is wanted. */
  streaming: Streaming | undefined;
  /** What is on it is sent nothing to go with it: it may be what a worker cannot read. */
  isAlone = false;
  /** The thread could not read one of its messages, or be read, and is killed for it. */
  isUnreadable = false;
  /** Without gaps, from `#told` or before it up to `#next`. Those before `#first` may be of another lane than the rest. */
  #parts: Part[] = [];
  /** The number of the first call whose outcome has not been told. */
  #told = 1;
  /** The number of the first call without an answer. */
  #first = 1;
  /** The number of the next call. */
  #next = 1;
  /** The number after that of the last call that went in a long message. */
  #longUntil = 1;

  constructor(thread: Thread) {
    this.thread = thread;
  }

  /** How many calls have no answer yet, the unwanted ones included. */
  get load(): number {
    return this.#next - this.#first;
  }

  /** Whether it has calls of a long message, of which its thread may have taken several at once. */
  get isLong(): boolean {
    return this.#first < this.#longUntil;
  }

  /** The number of the call that runs right now. */
  get running(): number | undefined {
    const { cells } = this.thread;
    if (this.load === 0 || cells.isResting) return undefined;
    const after = cells.runningAfter(this.#first);
    return after < 0 ? undefined : this.#first + after;
  }

  /** The call whose result streams has ended; gives it, if there is one. */
  endStreaming(): Streaming | undefined {
    const { streaming } = this;
    this.streaming = undefined;
    return streaming;
  }

  /** Asks the first call without an answer to come to an end by itself. */
  finishSoon(): void {
    this.thread.cells.finishSoon(this.#first);
  }

  /**
   * Whether a value may wait here, by its position in its stream: not behind a later one, nor behind a stream, either of which may
   * have to wait for it to be delivered.
   */
  mayTake(index: number): boolean {
    return this.streaming === undefined && this.#parts.every(({ chunk }) => chunk === undefined || chunk.index < index);
  }

  /** Enters a chunk that is about to be sent, and gives the number of its first call. */
  enter(chunk: Chunk): number {
    const base = this.#next;
    this.#next += chunk.length;
    if (chunk.length >= longMessage) this.#longUntil = this.#next;
    this.#parts.push({ chunk, base, end: this.#next });
    this.thread.cells.prepare(base, chunk.length);
    return base;
  }

  /** Strikes the chunk entered last, which could not be sent. */
  strikeLast(): void {
    const last = this.#parts.pop();
    if (last === undefined) return;
    this.#next = last.base;
    this.#longUntil = Math.min(this.#longUntil, this.#next);
  }

  /** Whether somebody waits for the outcome of call `serial`. */
  expects(serial: number): boolean {
    return this.#parts.some(({ chunk, base, end }) => chunk !== undefined && serial >= base && serial < end);
  }

  /** Whether somebody waits for an outcome: of this chunk, or of any. */
  isWanted(chunk?: Chunk): boolean {
    return this.#parts.some((part) => this.#isOpen(part) && (chunk === undefined || part.chunk === chunk));
  }

  /** Outcomes have come, to be told with {@link settle}; false when they are not the next. */
  answered({ serial, values }: OutcomesMessage): boolean {
    if (serial !== this.#first) return false;
    this.#told = serial;
    this.#first += values.length;
    return true;
  }

  /** Tells the lane the outcomes that have come. */
  settle({ serial, values, failures = [] }: OutcomesMessage, lane: DeskUser): void {
    const { host } = lane;
    const end = serial + values.length;
    let next = 0;
    let at = serial;
    this.#forget(at);
    while (at < end) {
      const part = this.#parts[0] as Part;
      const chunk = lane.isClosed ? undefined : part.chunk;
      const failure = failures[next];
      const failedAt = failure === undefined ? Infinity : serial + failure[0];
      this.#told = at;
      if (chunk === undefined) at = Math.min(end, part.end);
      else if (failedAt > at) {
        const to = Math.min(end, part.end, failedAt);
        host.brought(chunk, slice(values, at - serial, to - serial));
        at = to;
      } else {
        const [, thrown] = failure as Failure;
        lane.failed(this.isolate(at, lane), decodeThrown(thrown));
        at++;
      }
      while (next < failures.length && serial + (failures[next] as Failure)[0] < at) next++;
      this.#forget(at);
    }
    this.#told = at;
  }

  /** Makes a wanted call a chunk of its own, and no longer waits for its outcome. */
  isolate(serial: number, { host }: DeskUser): Chunk {
    const position = this.#parts.findIndex((part) => serial < part.end);
    const { chunk, base, end } = this.#parts[position] as Part;
    if (chunk === undefined) throw new Error(`call ${String(serial)} is not wanted`);
    const rear = serial + 1 < end ? host.split(chunk, serial + 1 - base) : undefined;
    const alone = serial > base ? host.split(chunk, serial - base) : chunk;
    const parts: Part[] = [{ chunk: undefined, base: serial, end: serial + 1 }];
    if (alone !== chunk) parts.unshift({ chunk, base, end: serial });
    if (rear !== undefined) parts.push({ chunk: rear, base: serial + 1, end });
    this.#parts.splice(position, 1, ...parts);
    return alone;
  }

  /** Takes back up to `most` of the calls that have not begun, the last first, and gives their chunks in order. */
  withdraw(most: number, { host }: DeskUser): Chunk[] {
    const chunks: Chunk[] = [];
    let left = most;
    for (let position = this.#parts.length - 1; position >= 0 && left > 0; position--) {
      const part = this.#parts[position] as Part;
      const { chunk, base, end } = part;
      if (chunk === undefined) continue;
      let from = end;
      const low = Math.max(base, this.#first);
      while (from > low && left > 0 && this.thread.cells.withdraw(from - 1)) {
        from--;
        left--;
      }
      if (from === base) {
        chunks.unshift(chunk);
        part.chunk = undefined;
      } else {
        if (from < end) {
          chunks.unshift(host.split(chunk, from - base));
          part.end = from;
          this.#parts.splice(position + 1, 0, { chunk: undefined, base: from, end });
        }
        break;
      }
    }
    return chunks;
  }

  /** Nobody waits for the outcomes of a chunk, or of any, any more. What has not begun does not begin. */
  cancel(chunk?: Chunk): void {
    for (const part of this.#parts) {
      if (!this.#isOpen(part) || (chunk !== undefined && part.chunk !== chunk)) continue;
      this.thread.cells.drop(Math.max(part.base, this.#first), part.end);
      part.chunk = undefined;
    }
  }

  /** The thread is no more: gives the wanted calls without an answer, in chunks, and has none. */
  clear({ host }: DeskUser): Chunk[] {
    const first = this.#first;
    const chunks = this.#parts.flatMap(({ chunk, base, end }) => {
      if (chunk === undefined || end <= first) return [];
      return [base >= first ? chunk : host.split(chunk, first - base)];
    });
    // What has been answered is about to be told.
    this.#parts = this.#told < first ? this.#parts.filter(({ base }) => base < first) : [];
    const last = this.#parts.at(-1);
    if (last !== undefined) last.end = first;
    this.#first = this.#next;
    return chunks;
  }

  /** Calls before `serial` are over and done with. */
  #forget(serial: number): void {
    while (this.#parts[0] !== undefined && this.#parts[0].end <= serial) this.#parts.shift();
  }

  /** Whether somebody waits for an answer to calls of this part. */
  #isOpen({ chunk, end }: Part): boolean {
    return chunk !== undefined && end > this.#first;
  }
}

function slice(values: Column, from: number, to: number): ArrayLike<unknown> {
  if (from === 0 && to === values.length) return values;
  return ArrayBuffer.isView(values) ? values.subarray(from, to) : values.slice(from, to);
}
