/** How many calls can be on their way to one worker at once. */
export const mostOnTheWay = 2048;

/**
 * The 32-bit cells: which call runs or ran last, which is to stop, which is over with nothing after it, which is to finish, and
 * whether the worker should look up.
 */
const running = 0;
const stopping = 1;
const resting = 2;
const finishing = 3;
const hurrying = 4;
const cellBytes = 32;

/** How many calls share a word: each has a bit in its lower half, set by the worker, and one in its upper, by the executor. */
const callsInWord = 16;

/** The worker's bits of `count` calls in a word. */
function bitsOf(from: number, count: number): number {
  return ((1 << count) - 1) << from;
}

/**
 * The memory that an executor shares with one worker. Calls are numbered in the order in which they are sent, from 1; the
 * last {@link mostOnTheWay} of them have two bits each. The worker sets one when it takes the call, the executor the other when
 * it takes the call back: whoever comes first has it.
 *
 * The worker may take calls that follow as well, so that quick ones share the price of it. Each runs in its turn, or is given
 * back before: when the worker finds itself hurried, has something to tell, or has to wait. Until then the executor cannot take
 * it back; but it can mark it, and then it will not run once it has been given back.
 */
export class SharedCells {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** When the running call began, or the first of those taken with it, in milliseconds of the clock that both sides share. */
  readonly #startedAt: Float64Array;
  readonly #words: Int32Array;
  /** The worker's bits of calls that it has taken and not begun, all in one word. */
  #held = 0;
  #heldWord = 0;

  constructor(buffer = new SharedArrayBuffer(cellBytes + mostOnTheWay / 4)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, 6);
    this.#startedAt = new Float64Array(buffer, 24, 1);
    this.#words = new Int32Array(buffer, cellBytes, mostOnTheWay / callsInWord);
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
    this.#eachWord(serial, serial + count, (word, bits) => {
      Atomics.and(this.#words, word, ~(bits | (bits << callsInWord)));
    });
  }

  /** The executor takes a call back; false when the worker has it already. */
  withdraw(serial: number): boolean {
    const word = wordOf(serial);
    const bit = bitOf(serial);
    const mark = bit << callsInWord;
    for (;;) {
      const before = Atomics.load(this.#words, word);
      if ((before & (bit | mark)) !== 0) return false;
      if (Atomics.compareExchange(this.#words, word, before, before | mark) === before) return true;
    }
  }

  /** The executor wants none of these calls to begin, even if the worker has them already. */
  drop(serial: number, end: number): void {
    this.#eachWord(serial, end, (word, bits) => {
      Atomics.or(this.#words, word, bits << callsInWord);
    });
    this.hurry();
  }

  /** The executor asks the worker to look at the clock, and to give back what it has taken and not begun. */
  hurry(): void {
    Atomics.store(this.#cells, hurrying, 1);
  }

  /** The worker begins a call, and takes up to `more` of those behind it; false when it has been taken back. */
  begin(serial: number, now: number, more = 0): boolean {
    if (this.#held === 0) {
      if (!this.#take(serial, now, more)) return false;
      Atomics.store(this.#cells, running, serial | 0);
      return true;
    }
    const bit = bitOf(serial);
    if ((this.#held & bit) === 0) return false;
    this.#held &= ~bit;
    this.#cells[running] = serial;
    return true;
  }

  /** Whether the worker is hurried. It has given back what it had not begun. */
  isHurried(): boolean {
    if (this.#cells[hurrying] === 0) return false;
    Atomics.store(this.#cells, hurrying, 0);
    this.giveBack();
    return true;
  }

  /** The worker gives back what it has taken and not begun. */
  giveBack(): void {
    if (this.#held === 0) return;
    Atomics.and(this.#words, this.#heldWord, ~this.#held);
    this.#held = 0;
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

  /** Takes call `serial`, and what it gets of those behind it in the same word; false when the first has been taken back. */
  #take(serial: number, now: number, more: number): boolean {
    const word = wordOf(serial);
    const from = serial & (callsInWord - 1);
    const count = Math.min(callsInWord - from, 1 + more);
    const bits = bitsOf(from, count);
    const before = Atomics.or(this.#words, word, bits);
    const mine = bits & ~(before | (before >>> callsInWord));
    if (mine === 0) return false;
    const first = bitOf(serial);
    this.#held = mine & ~first;
    this.#heldWord = word;
    this.#startedAt[0] = now;
    const cells = this.#cells;
    // Left from a call that had the same number, 2 to the 32nd calls ago.
    if (((cells[stopping] as number) - serial) >>> 0 < count) cells[stopping] = serial - 1;
    if (((cells[resting] as number) - serial) >>> 0 < count) cells[resting] = serial - 1;
    return (mine & first) !== 0;
  }

  #eachWord(serial: number, end: number, work: (word: number, bits: number) => void): void {
    for (let next = serial; next < end;) {
      const from = next & (callsInWord - 1);
      const count = Math.min(callsInWord - from, end - next);
      work(wordOf(next), bitsOf(from, count));
      next += count;
    }
  }
}

function wordOf(serial: number): number {
  return ((serial & (mostOnTheWay - 1)) / callsInWord) | 0;
}

function bitOf(serial: number): number {
  return 1 << (serial & (callsInWord - 1));
}
