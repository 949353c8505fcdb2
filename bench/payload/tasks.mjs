import { transfer } from 'rxjs-background/worker';

/** @type {(bytes: Uint8Array) => Uint8Array} */
export function mark(bytes) {
  bytes[0] = 1;
  return bytes;
}

/** @type {(bytes: Uint8Array) => Uint8Array} */
export const markMoving = (bytes) => transfer(mark(bytes), [bytes.buffer]);

/**
 * Memory that both sides see: nothing has to come back.
 *
 * @type {(bytes: Uint8Array) => void}
 */
export const markShared = (bytes) => void mark(bytes);

/** @type {(numbers: number[]) => number[]} */
export const double = (numbers) => numbers.map((x) => 2 * x);

/** @type {(numbers: Float64Array) => Float64Array} */
export const doubleTyped = (numbers) => numbers.map((x) => 2 * x);

/** @type {(numbers: Float64Array) => Float64Array} */
export function doubleMoving(numbers) {
  for (let i = 0; i < numbers.length; i++) numbers[i] = 2 * /** @type {number} */ (numbers[i]);
  return transfer(numbers, [numbers.buffer]);
}
