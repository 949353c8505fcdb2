import type { Opening } from './entry.js';

/** What runs in every thread, in one piece. */
export interface Program {
  /** The text of a function that {@link Wrapper} describes. */
  readonly text: string;
  /** Where the text is from, for stacks. */
  readonly file: string;
  /** What V8 made of it in a thread that had run it: the next need not compile it again. */
  compiled?: Uint8Array;
}

/** What a new thread is given with its program. */
export interface Start extends Opening {
  readonly program: Program;
  /** The task module is required, not imported. */
  readonly mayRequire: boolean;
}

/** What came of compiling the program, once the thread has run it. */
export interface CompiledMessage {
  readonly type: 'compiled';
  readonly compiled: Uint8Array;
}

/** @param exports - is given what the program exports. */
export type Wrapper = (exports: object, require: (builtin: string) => unknown, Function: unknown) => void;

/** The parameters of a {@link Wrapper}, around what a bundler has made. */
export function wrapped(bundle: string): string {
  return `(function (exports, require, Function) { ${bundle}\n})`;
}
