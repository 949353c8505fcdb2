import type { TaskFunction } from '../executors/task-function.js';
import type { EncodedThrown } from './encode-error.js';
import type { RunMessage } from './protocol.js';

/** What calls have come to, since it was asked for last. */
interface Outcomes {
  /** The number of the first call. */
  readonly serial: number;
  readonly values: unknown[];
  readonly failures: [position: number, thrown: EncodedThrown][];
  /** What is to be moved in the result at a position, if anything is. */
  readonly moves: Map<number, ReadonlySet<unknown>> | undefined;
  readonly ran: number;
  readonly ms: number;
}

/** The calls of one message, on their way from the first to the last. */
export class MessageRun {
  readonly message: RunMessage;
  /** The function they call; found by the first. */
  work: TaskFunction | undefined;
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
  #values: unknown[] = [];
  #failures: Outcomes['failures'] = [];
  #moves: Outcomes['moves'];
  #ran = 0;

  constructor(message: RunMessage, now: number) {
    this.message = message;
    this.since = now;
  }

  get isDone(): boolean {
    return this.position === this.message.inputs.length;
  }

  /** The number of the call at `position`. */
  get serial(): number {
    return this.message.serial + this.position;
  }

  /** The position of its value in the stream. */
  get index(): number | undefined {
    return this.indexOf(this.serial);
  }

  /** Calls the function for the value at `position`. */
  call(): unknown {
    const { inputs, rest, rests, isBare } = this.message;
    const work = this.work as TaskFunction;
    if (isBare === true) return work();
    const more = rests?.[this.position] ?? rest;
    return more === undefined ? work(inputs[this.position]) : work(inputs[this.position], ...more);
  }

  indexOf(serial: number): number | undefined {
    const { index } = this.message;
    return index === undefined ? undefined : index + serial - this.message.serial;
  }

  result(value: unknown, moves: ReadonlySet<unknown> | undefined): void {
    if (moves !== undefined) (this.#moves ??= new Map()).set(this.#values.length, moves);
    this.#ran++;
    this.#next(value);
  }

  failed(thrown: EncodedThrown): void {
    this.#failures.push([this.#values.length, thrown]);
    this.#ran++;
    this.#next(undefined);
  }

  /** The call at `position` has been taken back. */
  skip(): void {
    this.#next(undefined);
  }

  takeOutcomes(now: number): Outcomes {
    const outcomes = {
      serial: this.message.serial + this.#from,
      values: this.#values,
      failures: this.#failures,
      moves: this.#moves,
      ran: this.#ran,
      ms: now - this.since,
    };
    this.#from = this.position;
    this.#values = [];
    this.#failures = [];
    this.#moves = undefined;
    this.#ran = 0;
    this.since = now;
    this.isOwed = false;
    return outcomes;
  }

  /** Whether a report should be made soon, that nobody has taken upon himself; the caller does now. */
  claimsReport(): boolean {
    if (this.isReportDue || this.#values.length === 0) return false;
    return (this.isReportDue = true);
  }

  #next(value: unknown): void {
    this.#values.push(value);
    this.position++;
  }
}
