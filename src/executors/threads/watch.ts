import { longestMs } from '../../options.js';
import type { Desk } from './desk.js';
import { sharedNow } from './shared-now.js';
import type { ThreadLane } from './thread-lane.js';

/** How long a thread may take to answer that it has begun nothing of what is not wanted any more. */
const answerMs = 100;

/** Sees to it that the call that runs on a desk comes to an end: in time, and when nobody wants it any more. */
export class Watch {
  readonly #graceMs: number;
  readonly #late: (desk: Desk<ThreadLane>, lane: ThreadLane, serial: number) => void;

  /**
   * @param graceMs - how long a call may go on that has been told to stop, when its lane does not say.
   * @param late - told that a call has run for as long as it may.
   */
  constructor(graceMs: number, late: (desk: Desk<ThreadLane>, lane: ThreadLane, serial: number) => void) {
    this.#graceMs = graceMs;
    this.#late = late;
  }

  /** Looks, in time, whether the running call is late. */
  begin(desk: Desk<ThreadLane>, lane: ThreadLane, inMs = lane.options.timeoutMs): void {
    if (inMs === undefined || desk.lateTimer !== undefined) return;
    desk.lateTimer = setTimeout(() => {
      desk.lateTimer = undefined;
      this.#look(desk, lane, lane.options.timeoutMs as number);
    }, inMs);
  }

  /** Stops what runs on the desk when nobody wants it. */
  stopUnwanted(desk: Desk<ThreadLane>): void {
    const { running, streaming } = desk;
    if (streaming !== undefined) return;
    if (running === undefined ? !desk.isWanted() : !desk.expects(running)) this.stop(desk, running);
  }

  /** Has a call end that nobody wants, or, when none runs, the thread answer for what it was sent in vain. */
  stop(desk: Desk<ThreadLane>, serial: number | undefined): void {
    const { thread, lane } = desk;
    const graceMs = Math.min(lane?.options.graceMs ?? this.#graceMs, longestMs);
    clearTimeout(desk.graceTimer);
    if (serial !== undefined && graceMs <= 0) {
      thread.kill();
      return;
    }
    if (serial !== undefined) thread.stop(serial);
    desk.graceTimer = setTimeout(
      () => {
        if (serial === undefined ? !desk.isWanted() : desk.running === serial) thread.kill();
        // One that began while those behind it were taken back.
        else if (desk.running !== undefined) this.stopUnwanted(desk);
      },
      serial === undefined ? Math.max(graceMs, answerMs) : graceMs,
    );
  }

  /** The desk has no call any more. */
  end(desk: Desk<ThreadLane>): void {
    if (desk.lateTimer !== undefined) clearTimeout(desk.lateTimer);
    if (desk.graceTimer !== undefined) clearTimeout(desk.graceTimer);
    desk.lateTimer = desk.graceTimer = undefined;
  }

  #look(desk: Desk<ThreadLane>, lane: ThreadLane, timeoutMs: number): void {
    const { running, thread } = desk;
    const age = sharedNow() - thread.cells.startedAt;
    // A value that began after the look began cannot be late.
    const isSame = running !== undefined && running === desk.running && desk.expects(running);
    if (isSame && age >= timeoutMs) this.#late(desk, lane, running);
    this.begin(desk, lane, isSame && age < timeoutMs ? timeoutMs - age : timeoutMs);
  }
}
