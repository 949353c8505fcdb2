import type { EncodedThrown } from './encode-error.js';

/**
 * What goes between an executor and its workers: plain data, the same on every platform. A message carries any number
 * of calls of one task, and is answered by as many outcomes.
 */
export type ToWorker = RunMessage | StopMessage | EndMessage;
export type FromWorker =
  LoadedMessage | UnloadableMessage | DoneMessage | UnreadableMessage | CrashMessage | EndedMessage;

/** A self-contained function, as its source text. */
export interface FunctionSource {
  readonly name: string;
  readonly text: string;
}

export interface CallMessage {
  readonly args: readonly unknown[];
  readonly attempt: number;
  /** Position of the value in its stream, for messages. */
  readonly index?: number | undefined;
}

export interface RunMessage {
  readonly type: 'run';
  /** Never 0, and never the same twice in a row on one worker. */
  readonly id: number;
  readonly task: string | FunctionSource;
  readonly calls: readonly CallMessage[];
}

/** The calls of a message are no longer wanted: abort their signals. */
export interface StopMessage {
  readonly type: 'stop';
  readonly id: number;
}

/** No call will follow: dispose, then answer. */
export interface EndMessage {
  readonly type: 'end';
}

export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly thrown: EncodedThrown };

/** The module is loaded: the worker takes calls from now on. */
export interface LoadedMessage {
  readonly type: 'loaded';
}

export interface UnloadableMessage {
  readonly type: 'unloadable';
  readonly thrown: EncodedThrown;
}

export interface DoneMessage {
  readonly type: 'done';
  readonly id: number;
  /** One for each call of the message, in its order. */
  readonly outcomes: readonly Outcome[];
}

/** A message came that could not be read. What it asked for will not happen. */
export interface UnreadableMessage {
  readonly type: 'unreadable';
  readonly thrown: EncodedThrown;
}

/** An error that nothing caught. */
export interface CrashMessage {
  readonly type: 'crash';
  readonly thrown: EncodedThrown;
  /** It comes from a call that had ended, while another runs: the worker finishes that one, then has to go. */
  readonly late: boolean;
}

export interface EndedMessage {
  readonly type: 'ended';
  /** What `dispose` threw. */
  readonly thrown?: EncodedThrown;
}

/** The 32-bit cells of the memory that an executor shares with one worker. */
export const cell = {
  /** Written by the executor: the message whose calls are to stop; 0 for none yet. */
  stop: 0,
  /** Written by the worker: the message that it began last; 0 for none yet. */
  begun: 1,
  /** Written by the worker: which call of that message runs. */
  position: 2,
} as const;

/** How many cells that memory has; the rest is for later. */
export const cellCount = 8;
