import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { expect } from 'vitest';

/** A test in virtual time: a character of a marble is a millisecond. */
export function marbles(test: (helpers: RunHelpers) => void): () => void {
  return () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toStrictEqual(expected);
    }).run(test);
  };
}
