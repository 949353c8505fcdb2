/** Most queues of a pipeline stay empty: they share their ring. */
const none: never[] = [];
/** A ring that is larger, as a burst has made it, is not kept once it is empty. */
const mostKept = 1 << 14;

/**
 * A first-in, first-out queue whose `push` and `shift` cost the same however long it is. (`Array.prototype.shift` moves
 * every element once the array outgrows what the engine shifts for free.)
 */
export class Fifo<T> {
  /** A ring: its length is 0 at first, then a power of two, so that `& mask` wraps. */
  #ring: (T | undefined)[] = none;
  #mask = -1;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length > this.#mask) {
      this.#ring = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
      this.#mask = Math.max(7, 2 * this.#mask + 1);
      this.#head = 0;
    }
    this.#ring[(this.#head + this.#length++) & this.#mask] = value;
  }

  /** The oldest element; `undefined` when there is none. */
  peek(): T | undefined {
    return this.#ring[this.#head];
  }

  /** Takes the oldest element. Ask `length` first where `undefined` can be an element. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    if (--this.#length === 0 && this.#mask >= mostKept) this.clear();
    return value;
  }

  /** Takes the oldest element that passes the test. Costs as much as there are elements before it. */
  shiftFirst(passes: (value: T) => boolean): T | undefined {
    for (let at = this.#head; at < this.#head + this.#length; at++) {
      const value = this.#ring[at & this.#mask] as T;
      if (!passes(value)) continue;
      for (; at > this.#head; at--) this.#ring[at & this.#mask] = this.#ring[(at - 1) & this.#mask];
      this.shift();
      return value;
    }
    return undefined;
  }

  clear(): void {
    this.#ring = none;
    this.#mask = -1;
    this.#head = this.#length = 0;
  }
}

/** Takes the oldest `count` elements; no more than there are. */
export function shiftMany<T>(fifo: Fifo<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count && fifo.length > 0) taken.push(fifo.shift() as T);
  return taken;
}
