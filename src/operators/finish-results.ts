import type { Chunk } from '../engine/chunk.js';

/** Makes what is emitted for a result. */
export type Finish<T> = (result: unknown, input: T, index: number) => unknown;

/** In place of a result: what `finish` threw for it. */
export class Spoilt {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What is emitted for the next results of a chunk; a part of it once nobody wants them any more. */
export function finishedOf<T>(chunk: Chunk<T>, results: ArrayLike<unknown>, finish: Finish<T>): unknown[] {
  const { index, reported } = chunk;
  const made: unknown[] = [];
  for (let i = 0; i < results.length && !chunk.isUnwanted; i++) {
    const position = reported + i;
    try {
      made.push(finish(results[i], chunk.input(position), index + position));
    } catch (error) {
      made.push(new Spoilt(error));
    }
  }
  return made;
}
