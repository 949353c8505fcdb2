import { define } from './cloneable.js';
import type { EncodedError, EncodedPart, EncodedThrown } from './encode-error.js';
import { makeError } from './error-classes.js';

/** What was thrown on the other side, rebuilt. */
export function decodeThrown({ root, errors }: EncodedThrown): unknown {
  const rebuilt = errors.map(({ className, name, message }) => makeError(className, name, message));
  const valueOf = (part: EncodedPart): unknown => ('error' in part ? rebuilt[part.error] : part.value);
  errors.forEach((encoded, position) => {
    fill(rebuilt[position] as Error, encoded, valueOf);
  });
  return valueOf(root);
}

function fill(error: Error, encoded: EncodedError, valueOf: (part: EncodedPart) => unknown): void {
  if (error.name !== encoded.name) define(error, 'name', encoded.name, false);
  if (encoded.stack !== undefined) define(error, 'stack', encoded.stack, false);
  for (const [key, part] of encoded.fields) define(error, key, valueOf(part));
  if (encoded.cause !== undefined) define(error, 'cause', valueOf(encoded.cause), false);
  if (encoded.errors !== undefined) define(error, 'errors', encoded.errors.map(valueOf), false);
}
