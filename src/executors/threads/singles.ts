import type { Chunk } from '../../engine/chunk.js';
import type { LaneHost } from '../lane.js';

/** The chunk's values, each as a chunk of its own. */
export function* singles(chunk: Chunk, { split }: Pick<LaneHost, 'split'>): Generator<Chunk> {
  let rest = chunk;
  while (rest.length > 1) {
    const rear = split(rest, 1);
    yield rest;
    rest = rear;
  }
  yield rest;
}
