/** Most queues of a pipeline stay empty: they share their ring. */
const none: never[] = [];

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
    if (this.#length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.#length++) & this.#mask] = value;
  }

  /** The oldest element; `undefined` when there is none. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** Takes the oldest element. Ask `length` first where `undefined` can be an element. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    return value;
  }

  /** Takes the oldest `count` elements; no more than there are. */
  shiftMany(count: number): T[] {
    const from = this.#head;
    const to = from + Math.min(count, this.#length);
    const size = this.#mask + 1;
    const taken = (
      to <= size ? this.#ring.slice(from, to) : [...this.#ring.slice(from), ...this.#ring.slice(0, to - size)]
    ) as T[];
    this.#ring.fill(undefined, from, Math.min(to, size));
    if (to > size) this.#ring.fill(undefined, 0, to - size);
    this.#head = to & this.#mask;
    this.#length -= to - from;
    return taken;
  }

  /** The element at `position`, 0 being the oldest. */
  at(position: number): T | undefined {
    return position < 0 || position >= this.#length ? undefined : this.#ring[(this.#head + position) & this.#mask];
  }

  /** Takes the element at `position` out, 0 being the oldest. Costs as much as there are elements before it. */
  removeAt(position: number): T | undefined {
    if (position < 0 || position >= this.#length) return undefined;
    const removed = this.at(position);
    for (let i = position; i > 0; i--) this.#ring[(this.#head + i) & this.#mask] = this.at(i - 1);
    this.shift();
    return removed;
  }

  clear(): void {
    this.#ring = none;
    this.#mask = -1;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const size = this.#mask + 1;
    const ring = new Array<T | undefined>(size * 2 || 8);
    for (let i = 0; i < size; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = ring.length - 1;
    this.#head = 0;
  }
}
