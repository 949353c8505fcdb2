import { read } from './cloneable.js';

const observable: symbol | string = (Symbol as { observable?: symbol }).observable ?? '@@observable';

/** What kind of stream a result is; `undefined` when it is a plain value. */
export function streamKind(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  if (observable in result || '@@observable' in result) return 'an Observable';
  if (Symbol.asyncIterator in result) return 'an async iterable';
  return typeof read(result, 'next') === 'function' ? 'an iterator' : undefined;
}
