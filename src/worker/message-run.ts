import { packed, packedPart, type Numbers } from './column.js';
import type { EncodedThrown } from './encode-error.js';
import type { KnownTask } from './known-task.js';
import type { Column, RunMessage } from './protocol.js';

/** Outcomes wait no longer than this for those of the calls behind them, as far as synchronous tasks let it. */
export const reportEveryMs = 4;

/** What calls have come to, since it was asked for last. */
interface Outcomes {
  /** The number of the first call. */
  readonly serial: number;
  readonly values: Column;
  readonly failures: [position: number, thrown: EncodedThrown][];
  /** What is to be moved in the result at a position, if anything is. */
  readonly moves: Map<number, ReadonlySet<unknown>> | undefined;
  readonly ran: number;
  readonly ms: number;
}

/** The calls of one message, on their way from the first to the last. */
export class MessageRun {
  readonly message: RunMessage;
  /** What they call; found by the first. */
  task: KnownTask | undefined;
  /** Which call comes next, or runs. */
  position = 0;
  /** Since when outcomes have been collected. */
  since: number;
  /** What has come has to be told before the next call begins. */
  isOwed = false;
  /** Somebody will report soon. */
  isReportDue = false;
  /** The position of the first outcome that has not been asked for. */
  #from = 0;
  /** The results from there on; empty while they are in `#numbers`. */
  #values: unknown[] = [];
  /** The inputs, when they came packed and all results are numbers, too: each takes the place of its input. */
  #numbers: Numbers | undefined;
  #failures: Outcomes['failures'] = [];
  #moves: Outcomes['moves'];
  #skipped = 0;

  constructor(message: RunMessage, now: number) {
    this.message = message;
    this.since = now;
    if (ArrayBuffer.isView(message.inputs)) this.#numbers = message.inputs;
  }

  get isDone(): boolean {
    return this.position === this.message.inputs.length;
  }

  /** How many calls are not over. */
  get left(): number {
    return this.message.inputs.length - this.position;
  }

  /** The number of the call at `position`. */
  get serial(): number {
    return this.message.serial + this.position;
  }

  /** Whether what has come has to be told before the next call begins. */
  mustTell(time: number): boolean {
    return this.isOwed || time - this.since >= reportEveryMs;
  }

  /** Calls the function for the value at `position`. */
  call(): unknown {
    const { inputs, rest, rests, isBare } = this.message;
    const { work } = this.task as KnownTask;
    if (isBare === true) return work();
    const more = rests?.[this.position] ?? rest;
    return more === undefined ? work(inputs[this.position]) : work(inputs[this.position], ...more);
  }

  /** The position in the stream of the value of call `serial`. */
  indexOf(serial: number): number | undefined {
    const { index } = this.message;
    return index === undefined ? undefined : index + serial - this.message.serial;
  }

  result(value: unknown, moves: ReadonlySet<unknown> | undefined): void {
    if (moves !== undefined) (this.#moves ??= new Map()).set(this.position - this.#from, moves);
    if (this.#numbers === undefined) this.#values.push(value);
    else if (!this.#fits(value)) this.#makeRoom(this.#numbers, value);
    this.position++;
  }

  failed(thrown: EncodedThrown): void {
    this.#failures.push([this.position - this.#from, thrown]);
    this.#nothing();
  }

  /** The call at `position` has been taken back. */
  skip(): void {
    this.#skipped++;
    this.#nothing();
  }

  takeOutcomes(now: number): Outcomes {
    const outcomes = {
      serial: this.message.serial + this.#from,
      values: this.#takeValues(),
      failures: this.#failures,
      moves: this.#moves,
      ran: this.position - this.#from - this.#skipped,
      ms: now - this.since,
    };
    this.#from = this.position;
    this.#failures = [];
    this.#moves = undefined;
    this.#skipped = 0;
    this.since = now;
    this.isOwed = false;
    return outcomes;
  }

  /** Whether a report should be made soon, that nobody has taken upon himself; the caller does now. */
  claimsReport(): boolean {
    if (this.isReportDue || this.position === this.#from) return false;
    return (this.isReportDue = true);
  }

  /** Puts a number in its place, where there is one for it. */
  #fits(value: unknown): boolean {
    if (typeof value !== 'number') return false;
    const numbers = this.#numbers as Numbers;
    numbers[this.position] = value;
    return Object.is(numbers[this.position], value);
  }

  /** Has the results where any number fits, or anything. */
  #makeRoom(numbers: Numbers, value: unknown): void {
    if (typeof value === 'number') {
      this.#numbers = new Float64Array(numbers);
      this.#numbers[this.position] = value;
    } else {
      this.#values = Array.from(numbers.subarray(this.#from, this.position));
      this.#values.push(value);
      this.#numbers = undefined;
    }
  }

  #takeValues(): Column {
    const values =
      this.#numbers === undefined ? packed(this.#values) : packedPart(this.#numbers, this.#from, this.position);
    this.#values = [];
    return values;
  }

  /** What stands for the result of a call without one is nobody's business. */
  #nothing(): void {
    if (this.#numbers === undefined) this.#values.push(undefined);
    this.position++;
  }
}
