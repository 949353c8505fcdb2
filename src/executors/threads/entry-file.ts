import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wrapped, type Program } from './program.js';

/** What a thread loads when it starts, and what it is given to run besides. */
export interface EntryFile {
  readonly url: string;
  readonly program: Program | undefined;
}

let chosen: EntryFile | undefined;

/**
 * A small file that runs a program out of one piece, as every file more is felt in each start. The single files do as well
 * where it has not been built, or anything has been compiled since.
 */
export function entryFile(): EntryFile {
  return (chosen ??= choose());
}

/** A thread has run the program: what V8 made of it there saves the next its time. */
export function keepCompiled(compiled: Uint8Array): void {
  const program = entryFile().program;
  if (program !== undefined) program.compiled ??= compiled;
}

function choose(): EntryFile {
  if (!bundleIsFresh()) return { url: at('./entry.js').href, program: undefined };
  const file = at('./entry.bundle.cjs');
  const program = { text: wrapped(readFileSync(file, 'utf8')), file: fileURLToPath(file) };
  return { url: at('./starter.bundle.cjs').href, program };
}

function bundleIsFresh(): boolean {
  const bundled = changedAt('./entry.bundle.cjs');
  // What the compiler keeps beside its output; a published package has none.
  const compiled = ['../../core.tsbuildinfo', '../../node.tsbuildinfo'].map((file) => changedAt(file) ?? 0);
  return bundled !== undefined && compiled.every((time) => time <= bundled);
}

function changedAt(file: string): number | undefined {
  return statSync(at(file), { throwIfNoEntry: false })?.mtimeMs;
}

function at(file: string): URL {
  return new URL(file, import.meta.url);
}
