import type { EncodedThrown } from './encode-error.js';

/**
 * What goes between an executor and its workers: plain data, the same on every platform.
 */
export type ToWorker = RunMessage | StopMessage | GrantMessage | EndMessage;
export type FromWorker =
  | LoadedMessage
  | UnloadableMessage
  | OutcomesMessage
  | StreamedMessage
  | UnreadableMessage
  | CrashMessage
  | EndedMessage;

/** How many values of a result that streams may be on their way, where nobody says. */
export const usualStreamAhead = 16;

/** A self-contained function, as its source text. */
export interface FunctionSource {
  readonly name: string;
  readonly text: string;
}

/**
 * Calls of one task, to be run one after another. Calls to one worker are numbered in the order in which they are sent.
 */
export interface RunMessage {
  readonly type: 'run';
  /** The number of the first call. */
  readonly serial: number;
  readonly task: string | FunctionSource;
  /** Default 1. */
  readonly attempt?: number | undefined;
  /** Position of the first value in its stream, for messages. */
  readonly index?: number | undefined;
  /** The first argument of each call. */
  readonly inputs: Column;
  /** The arguments after the first: the same for all calls, or, `rests`, those of each. */
  readonly rest?: readonly unknown[] | undefined;
  readonly rests?: readonly (readonly unknown[])[] | undefined;
  /** The call has no argument at all. */
  readonly isBare?: boolean | undefined;
  /** It matters when each call begins. */
  readonly isTimed?: boolean | undefined;
  /** How many values of a result that streams may be sent before any is granted. Default {@link usualStreamAhead}. */
  readonly streamAhead?: number | undefined;
}

/** One value for each of several calls. Numbers travel packed. */
export type Column = readonly unknown[] | Int32Array | Float64Array;

/** A call is no longer wanted: abort its signal. */
export interface StopMessage {
  readonly type: 'stop';
  readonly serial: number;
}

/** So many more values of the call's result, which streams, may be sent. */
export interface GrantMessage {
  readonly type: 'grant';
  readonly serial: number;
  readonly count: number;
}

/** No call will follow: dispose, then answer. */
export interface EndMessage {
  readonly type: 'end';
}

/** The module is loaded: the worker takes calls from now on. */
export interface LoadedMessage {
  readonly type: 'loaded';
}

export interface UnloadableMessage {
  readonly type: 'unloadable';
  readonly thrown: EncodedThrown;
}

export type Failure = readonly [position: number, thrown: EncodedThrown];

/** How calls ended, in their order. A message is answered by one or more of these. */
export interface OutcomesMessage {
  readonly type: 'outcomes';
  /** The number of the first call. */
  readonly serial: number;
  /** The result of each; anything for one that failed or was taken back. */
  readonly values: Column;
  /** Which of them failed, counted from the first, in order. */
  readonly failures?: readonly Failure[] | undefined;
  /** How many of them ran, and how many milliseconds that took. */
  readonly ran: number;
  readonly ms: number;
}

/**
 * The next values of a call whose result streams, which is known from the first of these. The outcomes of the calls before it have
 * been told, and its own, when it has ended, is no value.
 */
export interface StreamedMessage {
  readonly type: 'streamed';
  readonly serial: number;
  readonly values: Column;
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
