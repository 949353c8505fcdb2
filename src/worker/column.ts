import type { Column } from './protocol.js';

/** A {@link Column} of numbers. */
export type Numbers = Exclude<Column, readonly unknown[]>;

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

function packedIntegers(values: ArrayLike<unknown>): Int32Array | undefined {
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

/** Some of the numbers, as they are sent: in a buffer of their own, since a view would be sent with all that it could show. */
export function packedPart(numbers: Numbers, from: number, to: number): Numbers {
  const part = from === 0 && to === numbers.length ? numbers : numbers.slice(from, to);
  return part instanceof Int32Array ? part : (packedIntegers(part) ?? part);
}
