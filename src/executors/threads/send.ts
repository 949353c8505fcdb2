import type { Chunk } from '../../engine/chunk.js';
import { argumentCloneError } from './clone-error.js';
import type { Desk } from './desk.js';
import { singles } from './singles.js';
import type { ThreadLane } from './thread-lane.js';

/** A value that cannot be sent, alone in its chunk, and why. */
interface Unsent {
  readonly alone: Chunk;
  readonly error: unknown;
}

/**
 * Sends a chunk of the lane to the desk's thread.
 *
 * @returns the values that cannot be sent; the others have been.
 */
export function send(desk: Desk<ThreadLane>, lane: ThreadLane, chunk: Chunk, executor: string): Unsent[] {
  const { rest } = lane.options;
  const serial = desk.enter(chunk);
  try {
    const moves: unknown[] = [];
    desk.thread.run(lane.message(serial, chunk, moves), moves);
    return [];
  } catch (cause) {
    desk.strikeLast();
    // One of them cannot be sent: each has to show for itself.
    if (chunk.length > 1) return [...singles(chunk, lane.host)].flatMap((alone) => send(desk, lane, alone, executor));
    const args = [chunk.input(0), ...(chunk.rest(0) ?? rest)];
    return [{ alone: chunk, error: argumentCloneError(`${lane.described(chunk)} on ${executor}`, args, cause) }];
  }
}
