/** What a running task can ask about itself. */
export interface TaskContext {
  /**
   * Aborted when the call is cancelled or times out. Give it to `fetch` and the like. A synchronous loop never sees the
   * event, since it lets none in: it reads {@link TaskContext.stopped}. An AbortSignal given as an argument instead arrives as an
   * empty object, without a word from Node.
   */
  readonly signal: AbortSignal;
  /** True once the call is cancelled, has timed out, or should come to an end because everything does. */
  readonly stopped: boolean;
  /** 1 on the first attempt, 2 on the first retry, and so on. */
  readonly attempt: number;
  /** What the executor was given as `data`; `undefined` without it. */
  readonly data: unknown;
}
