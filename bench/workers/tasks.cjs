// The tasks of bench:kill, as CommonJS.

/** @type {(x: number) => number} */
exports.increment = (x) => x + 1;

/**
 * Says that it runs, and never ends.
 *
 * @type {(gate: Int32Array) => void}
 */
exports.spin = (gate) => {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (;;);
};
