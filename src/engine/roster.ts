interface Entry<T> {
  readonly value: T;
  before: Entry<T> | undefined;
  after: Entry<T> | undefined;
  isIn: boolean;
}

/**
 * What comes and goes, in the order in which it came. For a few that change with every call: V8 makes a `Set` anew whenever
 * it has become empty, which was an eighth of what it took to take in the result of a single call.
 */
export class Roster<T> {
  #first: Entry<T> | undefined;
  #last: Entry<T> | undefined;

  /** @returns takes it out again. Safe to repeat. */
  add(value: T): () => void {
    const entry: Entry<T> = { value, before: this.#last, after: undefined, isIn: true };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    return () => {
      this.#remove(entry);
    };
  }

  /** Calls `work` with all that are in it now, but those that are taken out before their turn. */
  each(work: (value: T) => void): void {
    const entries: Entry<T>[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) entries.push(entry);
    for (const { isIn, value } of entries) if (isIn) work(value);
  }

  #remove(entry: Entry<T>): void {
    if (!entry.isIn) return;
    entry.isIn = false;
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    // Whoever still has an entry that has left must not keep those that came after it.
    entry.before = entry.after = undefined;
  }
}
