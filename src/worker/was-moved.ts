/** True for a buffer that has been moved away, and for what shows one. */
export function wasMoved(value: unknown): boolean {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (!(buffer instanceof ArrayBuffer)) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Throws when any of what is to be moved has been moved before: up to Node 20, an empty buffer would arrive without a word. */
export function refuseMoved(moves: readonly unknown[]): void {
  if (moves.some(wasMoved)) throw new TypeError('A buffer that is to be moved has been moved before.');
}
