/** True when `value` can be sent as it is. It costs a copy: ask only where something has gone wrong. */
export function isCloneable(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** How deep {@link cloneablePart} looks; what lies deeper goes whole or not at all. */
const deepest = 8;

/**
 * `value`, or a copy of it without what cannot be sent; `undefined` when nothing of it can.
 */
export function cloneablePart(value: unknown, depth = 0): unknown {
  if (isCloneable(value)) return value;
  if (typeof value !== 'object' || value === null || depth === deepest) return undefined;
  if (Array.isArray(value)) return value.map((element: unknown) => cloneablePart(element, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const part = cloneablePart(read(value, key), depth + 1);
    if (part !== undefined) define(copy, key, part);
  }
  return copy;
}

/** A property, or `undefined` where its getter throws. */
export function read(holder: object, key: PropertyKey): unknown {
  try {
    return (holder as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Sets a property of its own, whatever its name: `__proto__` is one, too. */
export function define(holder: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(holder, key, { value, enumerable, configurable: true, writable: true });
}
