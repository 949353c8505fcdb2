import { read } from './cloneable.js';

/** What a result is that streams. */
export type StreamKind = 'observable' | 'async iterable' | 'iterator';

/** Looked up when the first result comes: the task module may bring the symbol. */
let observable: symbol | string | undefined;

/** What kind of stream a result is; `undefined` when it is a plain value. Asked for every object that a task returns. */
export function streamKind(result: unknown): StreamKind | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  observable ??= (Symbol as { readonly observable?: symbol }).observable ?? '@@observable';
  if ((observable in result || '@@observable' in result) && observableIn(result) !== undefined) return 'observable';
  if (Symbol.asyncIterator in result && gives(result, Symbol.asyncIterator)) return 'async iterable';
  return 'next' in result && gives(result, 'next') ? 'iterator' : undefined;
}

/** The name under which it gives an Observable; `undefined` when it gives none. */
export function observableIn(result: object): symbol | string | undefined {
  if (observable !== undefined && gives(result, observable)) return observable;
  return gives(result, '@@observable') ? '@@observable' : undefined;
}

function gives(result: object, name: PropertyKey): boolean {
  return typeof read(result, name) === 'function';
}
