import type { Column } from './protocol.js';

/** From how many numbers on packing is worth it. */
const fewest = 8;

/** The values as they are sent: packed when all are numbers, which costs a small part of copying them one by one. */
export function packed(values: readonly unknown[]): Column {
  if (values.length < fewest || typeof values[0] !== 'number') return values;
  const numbers = new Float64Array(values.length);
  for (let position = 0; position < values.length; position++) {
    const value = values[position];
    if (typeof value !== 'number') return values;
    numbers[position] = value;
  }
  return numbers;
}
