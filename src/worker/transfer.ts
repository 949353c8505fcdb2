import { contextInUse } from './current-task.js';

/** Where a call keeps what is to be moved in its result. The same for all copies of the package. */
export const movesOf: unique symbol = Symbol.for('rxjs-background.moves/1') as never;

/** A context whose result can move things. */
export interface MovingContext {
  readonly [movesOf]?: Set<unknown>;
}

/**
 * Marks what is to be moved, rather than copied, when the task's result goes back: `return transfer(pixels,
 * [pixels.buffer])`. The value may stand anywhere in the result. Worth it from about 64 KB.
 *
 * What has been moved is empty on this side afterwards: leave alone what later calls need. Where nothing has to cross,
 * as with `inline()`, nothing is moved.
 *
 * @param value - given back as it is.
 * @param list - the buffers, ports and the like that `value` holds.
 * @throws TypeError when `list` is no array of objects.
 */
export function transfer<T>(value: T, list: readonly object[]): T {
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'object' || item === null)) {
    throw new TypeError('transfer: list must be an array of what is to be moved, such as [pixels.buffer]');
  }
  const moves = (contextInUse() as MovingContext | undefined)?.[movesOf];
  for (const item of list) moves?.add(item);
  return value;
}
