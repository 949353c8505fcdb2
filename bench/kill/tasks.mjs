/**
 * Says that it runs, and never ends.
 * @type {(gate: Int32Array) => void}
 */
export function spin(gate) {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (;;);
}

/** @type {(x: number) => number} */
export const increment = (x) => x + 1;
