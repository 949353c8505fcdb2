import type { Column } from './protocol.js';

/** From how many numbers on packing is worth it. */
const fewest = 8;

/**
 * The values as they are sent: packed when all are numbers, which costs a small part of copying them one by one. Integers
 * stay integers to the engine, which runs a task that counts with them faster.
 */
export function packed(values: readonly unknown[]): Column {
  if (values.length < fewest || typeof values[0] !== 'number') return values;
  return packedIntegers(values) ?? packedNumbers(values) ?? values;
}

function packedIntegers(values: readonly unknown[]): Int32Array | undefined {
  const integers = new Int32Array(values.length);
  for (let position = 0; position < values.length; position++) {
    const value = values[position] as number;
    const integer = value | 0;
    // Also false for -0, and for what is no number.
    if (!Object.is(integer, value)) return undefined;
    integers[position] = integer;
  }
  return integers;
}

function packedNumbers(values: readonly unknown[]): Float64Array | undefined {
  const numbers = new Float64Array(values.length);
  for (let position = 0; position < values.length; position++) {
    const value = values[position];
    if (typeof value !== 'number') return undefined;
    numbers[position] = value;
  }
  return numbers;
}
