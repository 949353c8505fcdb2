export function plusTwo(n: number): number {
  return n + 2;
}

export function oneOver(n: number): number {
  if (n === 3) throw new RangeError('division by zero');
  return n;
}

/** Never ends, and says through shared memory that it has begun. */
export function busyLoop(begun: Int32Array): void {
  Atomics.add(begun, 0, 1);
  for (;;);
}
