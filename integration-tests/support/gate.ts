/** `Atomics.waitAsync` is there in every runtime of these tests, and not yet in the language's types. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(cells: Int32Array, index: number, value: number): { value: string | Promise<string> };
};

/**
 * A handshake with a task in another thread, over shared memory: cell 0 counts who has arrived, cell 1 lets them go on,
 * cell 2 is what they say last.
 */
export class Gate {
  readonly cells = new Int32Array(new SharedArrayBuffer(16));

  async arrived(count = 1): Promise<void> {
    await this.#atLeast(0, count);
  }

  /** The task has said its last word. */
  async said(): Promise<void> {
    await this.#atLeast(2, 1);
  }

  open(): void {
    Atomics.store(this.cells, 1, 1);
    Atomics.notify(this.cells, 1);
  }

  get count(): number {
    return Atomics.load(this.cells, 0);
  }

  async #atLeast(cell: number, value: number): Promise<void> {
    for (;;) {
      const now = Atomics.load(this.cells, cell);
      if (now >= value) return;
      await waitAsync(this.cells, cell, now).value;
    }
  }
}
