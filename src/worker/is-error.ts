/** True for errors, those of another realm included. */
export function isError(value: unknown): value is Error {
  try {
    if (value instanceof Error) return true;
    const tag = Object.prototype.toString.call(value);
    return tag === '[object Error]' || tag === '[object DOMException]';
  } catch {
    // A proxy that has been revoked, or lets nobody look.
    return false;
  }
}
