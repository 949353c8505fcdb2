import { targetMs } from '../../engine/chunk-tuner.js';
import type { Desk } from './desk.js';
import { sharedNow } from './shared-now.js';
import type { ThreadLane } from './thread-lane.js';

/** How long a thread may keep values waiting behind the one it runs while another thread has nothing to do. */
const rebalanceMs = 2 * targetMs;

/** While a thread has nothing to do, it takes over half of what waits on another. */
export class Rebalancer {
  readonly #look: () => void;
  /** Runs while a thread has nothing to do, and values wait on another. */
  #timer: NodeJS.Timeout | undefined;

  /** @param look - calls {@link among} when it is time. */
  constructor(look: () => void) {
    this.#look = look;
  }

  /** Has `takeBack` take from the first of the desks on which too much waits; when that may be yet to come, it looks again. */
  among(
    busy: Iterable<Desk<ThreadLane>>,
    takeBack: (desk: Desk<ThreadLane>, lane: ThreadLane, most: number) => void,
  ): void {
    this.stop();
    let isLater = false;
    for (const desk of busy) {
      const { lane, load } = desk;
      if (lane === undefined || load < 2 || lane.room <= 0) continue;
      const { running, thread } = desk;
      const ageMs = running === undefined ? 0 : sharedNow() - thread.cells.startedAt;
      if ((load - 1) * Math.max(lane.msEach ?? 0, ageMs) > targetMs / 2) {
        takeBack(desk, lane, load >> 1);
        return;
      }
      isLater = true;
    }
    if (isLater) this.#timer = setTimeout(this.#look, rebalanceMs);
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
