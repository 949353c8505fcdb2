import { statSync } from 'node:fs';

let chosen: string | undefined;

/**
 * What a thread loads when it starts: one bundled file, as every file more is felt in each start. The single files do
 * as well where it has not been built, or anything has been compiled since.
 */
export function entryFile(): string {
  return (chosen ??= bundleIsFresh() ? at('./entry.bundle.cjs').href : at('./entry.js').href);
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
