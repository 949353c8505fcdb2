import { from, type Observable, observable as observableSymbol, type ObservableInput } from 'rxjs';
import { fromPull } from './from-pull.js';

/**
 * The stream that a task's or project's result stands for, or `undefined` when it is a plain value. What streams: an
 * Observable, an async iterable, and an iterator. Arrays, strings, maps, sets and typed arrays are plain values.
 */
export function streamOf(result: unknown): Observable<unknown> | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  if (has(result, observableSymbol)) return from(result as ObservableInput<unknown>);
  if (has(result, Symbol.asyncIterator)) return fromPull(result as AsyncIterable<unknown>);
  if (has(result, 'next')) return fromPull(result as Iterator<unknown>);
  return undefined;
}

function has(result: object, member: PropertyKey): boolean {
  return member in result && typeof (result as Record<PropertyKey, unknown>)[member] === 'function';
}
