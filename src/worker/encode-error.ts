import { TaskCloneError } from '../errors.js';
import { cloneablePart, isCloneable, read } from './cloneable.js';
import { rebuildableClass } from './error-classes.js';
import { isError } from './is-error.js';
import { whyNotCloneable } from './why-not-cloneable.js';

/** Whatever was thrown, as plain data. An error is told from a value by where it stands, never by how it looks. */
export interface EncodedThrown {
  readonly root: EncodedPart;
  /** Every error in it once, so that errors may refer to each other, in circles too. */
  readonly errors: readonly EncodedError[];
}

/** A value as it is, or the position of an error in `errors`. */
export type EncodedPart = { readonly value: unknown } | { readonly error: number };

export interface EncodedError {
  readonly className: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own enumerable properties. */
  readonly fields: readonly (readonly [key: string, part: EncodedPart])[];
  readonly cause?: EncodedPart;
  /** The errors of an `AggregateError`. */
  readonly errors?: readonly EncodedPart[];
}

/** What lies deeper than this in a chain of errors is not sent. */
const deepest = 100;

const handled: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** Turns what was thrown into plain data that can always be sent. */
export function encodeThrown(thrown: unknown): EncodedThrown {
  try {
    const encoder = new Encoder();
    const root = encoder.part(thrown);
    return { root, errors: encoder.errors };
  } catch {
    return encodeThrown(new TaskCloneError('A task threw what itself throws when it is read.'));
  }
}

class Encoder {
  readonly errors: EncodedError[] = [];
  readonly #positions = new Map<object, number>();

  /** @param depth - how many errors lead to it. */
  part(value: unknown, depth = 0): EncodedPart {
    if (isError(value)) return this.#error(value, depth);
    if (isCloneable(value)) return { value };
    return depth === 0 ? this.#error(unsendable(value), depth) : { value: cloneablePart(value) };
  }

  #error(error: Error, depth: number): EncodedPart {
    const known = this.#positions.get(error);
    if (known !== undefined) return { error: known };
    if (depth === deepest) return { value: undefined };
    const position = this.#positions.size;
    this.#positions.set(error, position);
    const className = rebuildableClass(error);
    const errors = read(error, 'errors');
    this.errors[position] = {
      className,
      name: nameOf(error, className),
      message: textOf(read(error, 'message')) ?? '',
      stack: textOf(read(error, 'stack')),
      fields: this.#fields(error, className, depth + 1),
      ...(Object.hasOwn(error, 'cause') ? { cause: this.part(read(error, 'cause'), depth + 1) } : {}),
      ...(Array.isArray(errors) ? { errors: errors.map((inner: unknown) => this.part(inner, depth + 1)) } : {}),
    };
    return { error: position };
  }

  #fields(error: Error, className: string, depth: number): (readonly [string, EncodedPart])[] {
    const keys = Object.keys(error).filter((key) => !handled.has(key));
    // A class may give its code by a getter, which the plain error on the other side will not have.
    if (className !== 'DOMException' && !keys.includes('code') && 'code' in error) keys.push('code');
    return keys.flatMap((key) => {
      const part = this.part(read(error, key), depth);
      return 'value' in part && part.value === undefined ? [] : [[key, part] as const];
    });
  }
}

/** The error's name, or its class's where it was given none of its own. */
function nameOf(error: Error, className: string): string {
  const name = textOf(read(error, 'name')) ?? 'Error';
  const own = (read(error, 'constructor') as { name?: unknown } | undefined)?.name;
  return name === className && typeof own === 'string' && own !== '' ? own : name;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function unsendable(value: unknown): TaskCloneError {
  return new TaskCloneError(
    `A task threw what cannot be sent: ${whyNotCloneable('the thrown value', value) ?? 'the thrown value'}`,
  );
}
