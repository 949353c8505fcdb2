/** A self-contained task that arrives at a gate, and blocks its thread until that opens. */
export function meetAt(cells: Int32Array): void {
  Atomics.add(cells, 0, 1);
  Atomics.notify(cells, 0);
  Atomics.wait(cells, 1, 0);
}
