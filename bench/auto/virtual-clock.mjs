/** A time that goes on as fast as it can be worked through. */
export class VirtualClock {
  #now = 0;
  /** What is to be done, a heap by its time, and by the order in which it was asked for. */
  #heap = /** @type {{ at: number, order: number, work: () => void }[]} */ ([]);
  #asked = 0;

  /** @returns {number} */
  now = () => this.#now;

  /**
   * @param {number} ms
   * @param {() => void} work
   */
  after = (ms, work) => {
    const heap = this.#heap;
    const entry = { at: this.#now + ms, order: this.#asked++, work };
    let place = heap.length;
    heap.push(entry);
    for (let parent = (place - 1) >> 1; place > 0 && isBefore(entry, heap[parent]); parent = (place - 1) >> 1) {
      heap[place] = /** @type {typeof entry} */ (heap[parent]);
      place = parent;
    }
    heap[place] = entry;
  };

  /**
   * Works until `end`. Whatever asks for the date meanwhile is told this time.
   *
   * @param {number} end
   */
  runUntil(end) {
    const { now } = Date;
    Date.now = this.now;
    try {
      for (let next = this.#heap[0]; next !== undefined && next.at < end; next = this.#heap[0]) {
        this.#removeFirst();
        this.#now = next.at;
        next.work();
      }
    } finally {
      Date.now = now;
    }
  }

  #removeFirst() {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (isBefore(heap[child + 1], heap[child])) child++;
      const lower = heap[child];
      if (lower === undefined || !isBefore(lower, last)) break;
      heap[place] = lower;
      place = child;
    }
    heap[place] = last;
  }
}

/**
 * @param {{ at: number, order: number } | undefined} one
 * @param {{ at: number, order: number } | undefined} other
 */
function isBefore(one, other) {
  if (one === undefined || other === undefined) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
