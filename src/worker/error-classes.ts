import * as own from '../errors.js';

/** Makes an empty error of a class, to be filled with what came over. */
type ErrorMaker = (message: string) => Error;

const builtIn: Record<string, ErrorMaker> = {
  Error: (message) => new Error(message),
  AggregateError: (message) => new AggregateError([], message),
  EvalError: (message) => new EvalError(message),
  RangeError: (message) => new RangeError(message),
  ReferenceError: (message) => new ReferenceError(message),
  SyntaxError: (message) => new SyntaxError(message),
  TypeError: (message) => new TypeError(message),
  URIError: (message) => new URIError(message),
};

const ownMakers: Record<string, ErrorMaker> = Object.fromEntries(
  Object.entries(own).map(([name, errorClass]) => [name, (message: string) => new errorClass(message)]),
);

/** The nearest class of `error` that the other side can rebuild. */
export function rebuildableClass(error: object): string {
  for (let proto: unknown = Object.getPrototypeOf(error); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const name = (proto as { constructor?: { name?: unknown } }).constructor?.name;
    if (typeof name !== 'string') continue;
    if (name === 'DOMException' || Object.hasOwn(builtIn, name)) return name;
    // By name and code, as the error may come from another copy of the package.
    if (Object.hasOwn(ownMakers, name) && ownMakers[name]?.('').name === (error as Error).name) return name;
  }
  return 'Error';
}

/** An empty error of the class that {@link rebuildableClass} named. */
export function makeError(className: string, name: string, message: string): Error {
  if (className === 'DOMException') {
    const { DOMException } = globalThis as { DOMException?: new (message: string, name: string) => Error };
    if (DOMException !== undefined) return new DOMException(message, name);
  }
  const make = builtIn[className] ?? ownMakers[className] ?? builtIn['Error'];
  return (make as ErrorMaker)(message);
}
