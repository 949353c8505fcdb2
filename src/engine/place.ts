/** What stands in a line of pending calls: one call, or several that run one after another. */
export abstract class Place {
  /** Neighbours in the line, in the order of the calls' start. */
  previous: Place | undefined;
  following: Place | undefined;
  /** True when it will bring nothing more; whatever it still reports is ignored. */
  ended = false;
  /** It is to bring nothing more: it is to be stopped, as soon as that is possible. */
  isUnwanted = false;
  /** How many had begun when it began, and itself; 0 for what begins in the order of the line. */
  begunAs = 0;
  /** True when it ended with an error; a flag, since the error may be `undefined`. */
  hasFailed = false;
  reason: unknown;

  /** How many pending values it stands for. */
  abstract readonly size: number;
  /** How many of its results are not delivered yet. */
  abstract readonly waiting: number;
  /** Takes the oldest result that waits. */
  abstract take(): unknown;
}
