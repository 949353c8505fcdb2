// Built as CommonJS, as the pool requires it first: a thread that is terminated while it requires an ES module aborts the process.

import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import type * as entry from './entry.js';
import type { CompiledMessage, Start, Wrapper } from './program.js';

/** Until then, what the first call was run with has been compiled. */
const compiledAfterMs = 10;

/** Opens the program in a new thread. The pool finds it by its name. */
export function open({ program, mayRequire, ...opening }: Start): void {
  const { text, file, compiled } = program;
  const script = new Script(text, { filename: file, cachedData: compiled });
  const { port } = opening;
  const exported = {} as typeof entry;
  (script.runInThisContext() as Wrapper)(exported, (builtin) => process.getBuiltinModule(builtin), FileFunction);
  exported.open(opening, mayRequire ? required : imported);
  if (compiled !== undefined) return;
  port.once('message', () => {
    setTimeout(() => {
      port.postMessage({ type: 'compiled', compiled: script.createCachedData() } satisfies CompiledMessage);
    }, compiledAfterMs);
  });
}

function imported(url: string): Promise<object> {
  return import(url) as Promise<object>;
}

/** What a CommonJS module exports, under the names that an import gives it, and those that an import does not find. */
function required(url: string): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- that is the point
  const exported: unknown = require(fileURLToPath(url));
  const names = Object.getOwnPropertyDescriptors(Object(exported));
  return Object.create(null, { ...names, default: { value: exported, enumerable: true } }) as object;
}

/** Makes functions that may import: this is a file, and what is made in a text that is none must not. */
function FileFunction(...parts: string[]): unknown {
  // The program's own `new Function`, made elsewhere.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- that is the feature
  return new Function(...parts);
}
