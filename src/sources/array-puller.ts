import type { Puller } from './pull-loop.js';

/** Pulls from an array as its own iterator does, values that are pushed meanwhile included, without making a step for each. */
export function arrayPuller<T>(array: readonly T[]): Puller<T> {
  let next = 0;
  return {
    pull(answer) {
      if (next < array.length) answer.value(array[next++] as T);
      else answer.end();
    },
    close() {
      // There is nobody to tell.
    },
  };
}
