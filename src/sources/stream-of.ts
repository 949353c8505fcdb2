import { from, type Observable, observable as observableSymbol, type ObservableInput, throwError } from 'rxjs';
import { iteratorPuller, type AnyIterator } from './iterator-puller.js';
import { pullLoop } from './pull-loop.js';

/**
 * The stream that a task's or project's result stands for, or `undefined` when it is a plain value. What streams: an
 * Observable, an async iterable, and an iterator. Arrays, strings, maps, sets and typed arrays are plain values. What throws when
 * it is looked at is a stream that fails.
 */
export function streamOf(result: unknown): Observable<unknown> | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  try {
    if (has(result, observableSymbol)) return from(result as ObservableInput<unknown>);
    if (has(result, Symbol.asyncIterator)) {
      return pullLoop(() => iteratorPuller((result as AsyncIterable<unknown>)[Symbol.asyncIterator]()));
    }
    return has(result, 'next') ? pullLoop(() => iteratorPuller(result as AnyIterator<unknown>)) : undefined;
  } catch (error) {
    return throwError(() => error);
  }
}

function has(result: object, member: PropertyKey): boolean {
  return typeof (result as Record<PropertyKey, unknown>)[member] === 'function';
}
