/** @type {(x: number) => number} */
export const increment = (x) => x + 1;

/** @type {(batch: number[]) => number[]} */
export const incrementEach = (batch) => batch.map(increment);

/**
 * Keeps a processor busy for so many turns of a loop. Shifts and nothing else: with a multiplication or a sum in it, the
 * compiler made it four times as slow wherever it was part of another loop.
 *
 * @type {(turns: number) => number}
 */
export function work(turns) {
  let x = turns | 0;
  for (let turn = 0; turn < turns; turn++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x;
}

/**
 * Says that it runs, and never ends.
 *
 * @type {(gate: Int32Array) => void}
 */
export function spin(gate) {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (;;);
}
