import type { Outbox } from './outbox.js';

/** The call whose result streams. */
export interface StreamingCall {
  readonly outbox: Outbox;
  /** Calls `work` as a part of the call. */
  readonly within: <R>(work: () => R) => R;
  /** Nobody wants its values any more; a loop can only look. */
  readonly isStopped: () => boolean;
  /** The stream is over, for good. */
  readonly ended: (failure?: { readonly error: unknown }) => void;
}

/** A result that streams, on its way out of a worker. Tells its call once how it ended. */
export interface TaskStream {
  start(): void;
  /** More may be sent than before. */
  goOn(): void;
  /** Nobody wants it any more: it comes to its end. Safe to repeat. */
  stop(): void;
}
