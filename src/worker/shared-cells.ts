/** How many calls can be on their way to one worker at once. */
export const mostOnTheWay = 2048;

/** The 32-bit cells: which call runs or ran last, which is to stop, which is over with nothing after it, and which is to finish. */
const running = 0;
const stopping = 1;
const resting = 2;
const finishing = 3;
const cellBytes = 32;

/** What is known of a call on its way, in one byte each. */
const sent = 0;
const begun = 1;
const withdrawn = 2;

/**
 * The memory that an executor shares with one worker. Calls are numbered in the order in which they are sent, from 1; the
 * last {@link mostOnTheWay} of them have a byte each, in which either the worker marks that it begins the call, or the
 * executor that it takes the call back: whoever comes first.
 */
export class SharedCells {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** When the running call began, in milliseconds of the clock that both sides share. */
  readonly #startedAt: Float64Array;
  readonly #states: Int8Array;

  constructor(buffer = new SharedArrayBuffer(cellBytes + mostOnTheWay)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, 4);
    this.#startedAt = new Float64Array(buffer, 16, 1);
    this.#states = new Int8Array(buffer, cellBytes, mostOnTheWay);
  }

  /** Whether the worker has begun any call since it started. */
  get used(): boolean {
    return Atomics.load(this.#cells, running) !== 0;
  }

  /** When the call that runs, or ran last, began. */
  get startedAt(): number {
    return this.#startedAt[0] as number;
  }

  /** Whether the call that ran last is over, and the worker waits for the next message. */
  get isResting(): boolean {
    return Atomics.load(this.#cells, resting) === Atomics.load(this.#cells, running);
  }

  /** How far behind call `serial` the call stands that runs or ran last: negative when it was sent before. */
  runningAfter(serial: number): number {
    return (Atomics.load(this.#cells, running) - serial) | 0;
  }

  /** The executor is about to send calls. */
  prepare(serial: number, count: number): void {
    for (let next = serial; next < serial + count; next++) this.#states[next % mostOnTheWay] = sent;
  }

  /** The executor takes a call back; false when it has begun already. */
  withdraw(serial: number): boolean {
    return Atomics.compareExchange(this.#states, serial % mostOnTheWay, sent, withdrawn) === sent;
  }

  /** The worker begins a call; false when it has been taken back. */
  begin(serial: number, now: number): boolean {
    if (Atomics.compareExchange(this.#states, serial % mostOnTheWay, sent, begun) !== sent) return false;
    this.#startedAt[0] = now;
    // Left from a call that had the same number, 2 to the 32nd calls ago.
    const cell = serial | 0;
    if (this.#cells[stopping] === cell) this.#cells[stopping] = cell - 1;
    if (this.#cells[resting] === cell) this.#cells[resting] = cell - 1;
    Atomics.store(this.#cells, running, cell);
    return true;
  }

  /** The worker has nothing more to run. */
  rest(): void {
    Atomics.store(this.#cells, resting, Atomics.load(this.#cells, running));
  }

  /** The executor asks a call that has begun to stop. */
  stop(serial: number): void {
    Atomics.store(this.#cells, stopping, serial);
  }

  /** The executor asks a call, begun or not, to come to an end by itself. */
  finishSoon(serial: number): void {
    Atomics.store(this.#cells, finishing, serial);
  }

  isToFinish(serial: number): boolean {
    return Atomics.load(this.#cells, finishing) === (serial | 0);
  }

  isStopped(serial: number): boolean {
    return Atomics.load(this.#cells, stopping) === (serial | 0);
  }
}
