/** What can wait in a {@link CallQueue}: it carries its own place, so that leaving costs the same anywhere. */
export interface Queued<T> {
  /** The places before and after it; `undefined` at the ends, and outside a queue. */
  before: T | undefined;
  after: T | undefined;
  queued: boolean;
}

/** First in, first out, with every step, leaving from the middle included, independent of the length. */
export class CallQueue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): T | undefined {
    return this.#first;
  }

  push(item: T): void {
    item.queued = true;
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    this.#length++;
  }

  /** Puts back in front what had been taken. */
  unshift(item: T): void {
    item.queued = true;
    item.after = this.#first;
    if (this.#first === undefined) this.#last = item;
    else this.#first.before = item;
    this.#first = item;
    this.#length++;
  }

  shift(): T | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(item: T): void {
    if (!item.queued) return;
    if (item.before === undefined) this.#first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.#last = item.before;
    else item.after.before = item.before;
    item.before = item.after = undefined;
    item.queued = false;
    this.#length--;
  }
}
