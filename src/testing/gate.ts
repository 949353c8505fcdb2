/** In every runtime that shares memory, and not yet in the language's types. */
const { waitAsync } = Atomics as unknown as {
  readonly waitAsync: (cells: Int32Array, index: number, value: number) => { readonly value: unknown };
};

/** The cells of a gate. */
export const gateCell = { arrived: 0, open: 1, left: 2 } as const;

/** Adds 1 to a cell, and wakes who waits for that. */
export function signalGate(cells: Int32Array, index: number): void {
  Atomics.add(cells, index, 1);
  Atomics.notify(cells, index);
}

/** Waits, without blocking, until a cell is at least `value`. */
export async function gateReaches(cells: Int32Array, index: number, value: number): Promise<void> {
  for (;;) {
    const now = Atomics.load(cells, index);
    if (now >= value) return;
    await waitAsync(cells, index, now).value;
  }
}

/**
 * A handshake between a test and tasks on any thread, so that neither has to wait for time: a task arrives, waits until
 * the test opens, and leaves.
 */
export class Gate {
  /** What a task is given. */
  readonly cells: Int32Array = new Int32Array(new SharedArrayBuffer(16));

  get arrivals(): number {
    return Atomics.load(this.cells, gateCell.arrived);
  }

  arrived(count = 1): Promise<void> {
    return gateReaches(this.cells, gateCell.arrived, count);
  }

  left(count = 1): Promise<void> {
    return gateReaches(this.cells, gateCell.left, count);
  }

  open(): void {
    signalGate(this.cells, gateCell.open);
  }
}
