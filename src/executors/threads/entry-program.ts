import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wrapped, type Program } from './program.js';

let chosen: { readonly program: Program | undefined } | undefined;

/**
 * What a thread runs: one bundled text, as every file more is felt in each start. `undefined` where it has not been built,
 * or anything has been compiled since: the single files do as well.
 */
export function entryProgram(): Program | undefined {
  return (chosen ??= { program: bundleIsFresh() ? bundled() : undefined }).program;
}

/** A thread has run the program: what V8 made of it there saves the next its time. */
export function keepCompiled(compiled: Uint8Array): void {
  const program = entryProgram();
  if (program !== undefined) program.compiled ??= compiled;
}

function bundled(): Program {
  const file = at('./entry.bundle.cjs');
  return { text: wrapped(readFileSync(file, 'utf8')), file: fileURLToPath(file) };
}

function bundleIsFresh(): boolean {
  const bundledAt = changedAt('./entry.bundle.cjs');
  // What the compiler keeps beside its output; a published package has none.
  const compiled = ['../../core.tsbuildinfo', '../../node.tsbuildinfo'].map((file) => changedAt(file) ?? 0);
  return bundledAt !== undefined && compiled.every((time) => time <= bundledAt);
}

function changedAt(file: string): number | undefined {
  return statSync(at(file), { throwIfNoEntry: false })?.mtimeMs;
}

function at(file: string): URL {
  return new URL(file, import.meta.url);
}
