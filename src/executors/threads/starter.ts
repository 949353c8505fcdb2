import { Script } from 'node:vm';
import type * as entry from './entry.js';
import type { Program, Wrapper } from './program.js';

/** What a new thread is given that gets its program, too. */
export interface Start extends entry.Opening {
  readonly program: Program;
}

/** What came of compiling the program, once the thread has run it. */
export interface CompiledMessage {
  readonly type: 'compiled';
  readonly compiled: Uint8Array;
}

/** Until then, what the first call was run with has been compiled. */
const compiledAfterMs = 10;

/**
 * Opens the program in a new thread.
 *
 * @public - the pool finds it by its name.
 */
export function open({ program, ...opening }: Start): void {
  const { text, file, compiled } = program;
  const script = new Script(text, { filename: file, cachedData: compiled });
  const { port } = opening;
  const exported = {} as typeof entry;
  (script.runInThisContext() as Wrapper)(exported, (builtin) => process.getBuiltinModule(builtin), FileFunction);
  exported.open(opening, (url) => import(url) as Promise<object>);
  if (compiled !== undefined) return;
  port.once('message', () => {
    setTimeout(() => {
      port.postMessage({ type: 'compiled', compiled: script.createCachedData() } satisfies CompiledMessage);
    }, compiledAfterMs);
  });
}

/** Makes functions that may import: this is a file, and what is made in a text that is none must not. */
function FileFunction(...parts: string[]): unknown {
  // The program's own `new Function`, made elsewhere.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- that is the feature
  return new Function(...parts);
}
