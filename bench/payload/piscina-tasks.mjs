import { move } from 'piscina';
import { mark } from './tasks.mjs';

export { double, doubleTyped, mark, markShared } from './tasks.mjs';

/** @type {(bytes: Uint8Array) => unknown} */
export const markMoving = (bytes) => move(mark(bytes));

/** @type {(numbers: Float64Array) => unknown} */
export function doubleMoving(numbers) {
  for (let i = 0; i < numbers.length; i++) numbers[i] = 2 * /** @type {number} */ (numbers[i]);
  return move(numbers);
}
