import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wrapped, type Program } from './program.js';

let program: Program | undefined;

/** What a thread runs: one bundled text, as every file more is felt in each start. */
export function entryProgram(): Program {
  return (program ??= bundled());
}

/** A thread has run the program: what V8 made of it there saves the next its time. */
export function keepCompiled(compiled: Uint8Array): void {
  entryProgram().compiled ??= compiled;
}

function bundled(): Program {
  const file = fileURLToPath(new URL('./entry.cjs', import.meta.url));
  return { text: wrapped(readFileSync(file, 'utf8')), file };
}
