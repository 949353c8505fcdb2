/**
 * A first-in, first-out queue whose `push` and `shift` cost the same however long it is. (`Array.prototype.shift` moves
 * every element once the array outgrows what the engine shifts for free.)
 */
export class Fifo<T> {
  /** Taken places, cleared, and behind them the elements. */
  #places: (T | undefined)[] = [];
  /** Where the oldest element is. Taken places are given up once they are many and the greater part. */
  #head = 0;

  get length(): number {
    return this.#places.length - this.#head;
  }

  push(value: T): void {
    this.#places.push(value);
  }

  /** The element at `position`, 0 being the oldest; `undefined` when there is none. */
  at(position: number): T | undefined {
    return this.#places[this.#head + position];
  }

  /** Takes the oldest element. Ask `length` first where `undefined` can be an element. */
  shift(): T | undefined {
    const value = this.#places[this.#head];
    if (this.length > 0) this.#places[this.#head++] = undefined;
    if (this.length === 0 || this.#head > 1023) this.#giveUpTaken();
    return value;
  }

  /** Takes the element at `position` out. Costs as much as there are elements behind it. */
  removeAt(position: number): T | undefined {
    return this.#places.splice(this.#head + position, 1)[0];
  }

  clear(): void {
    this.#places = [];
    this.#head = 0;
  }

  #giveUpTaken(): void {
    if (this.#head * 2 < this.#places.length) return;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }
}
