import type { Column } from './protocol.js';

/** From how many numbers on packing is worth it. */
const fewest = 8;

/** The values as they are sent: packed when all are numbers, which costs a small part of copying them one by one. */
export function packed(values: readonly unknown[]): Column {
  if (values.length < fewest) return values;
  for (const value of values) if (typeof value !== 'number') return values;
  return Float64Array.from(values as readonly number[]);
}
