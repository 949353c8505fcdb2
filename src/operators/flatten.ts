import { from, type Observable, type ObservableInput, type ObservedValueOf, type OperatorFunction } from 'rxjs';
import { text } from '#messages';
import { aFunction, checkValue } from '../options.js';
import { fromPull, type Pullable } from '../sources/from-pull.js';
import { mapCalls } from './map-calls.js';

/**
 * Pages to rows: emits the elements of each source value, one at a time, holding the source until all are taken.
 *
 * Use it in place of `concatMap(page => page.rows)`, which delivers a page at once however slow the consumer is.
 *
 * ```text
 * source       [abc]---------[de]|
 * flatten()    a---b---c-----d---e|      the consumer takes 4 a row
 * ```
 *
 * Order: the source's, then the page's. Memory: one page. Unsubscribing ends the page's iterator, too. An error of a page or
 * of `project` comes after the rows before it.
 *
 * @param project - gives the rows of a source value, an array or any other `ObservableInput`. Default: the value itself.
 * @throws TypeError when `project` is not a function.
 * @example
 * ```ts
 * pages$.pipe(prefetch(2), flatten((page) => page.rows), backgroundMap(parse))
 * ```
 */
export function flatten<O extends ObservableInput<unknown>>(): OperatorFunction<O, ObservedValueOf<O>>;
export function flatten<T, O extends ObservableInput<unknown>>(
  project: (value: T, index: number) => O,
): OperatorFunction<T, ObservedValueOf<O>>;
export function flatten<T>(
  project: (value: T, index: number) => unknown = (value) => value,
): OperatorFunction<T, unknown> {
  checkValue('flatten', 'project', project, aFunction);
  return mapCalls({
    ordered: true,
    limits: { concurrency: 1, maxPending: 1 },
    waitsWhileHeld: true,
    start: (value, index, listener) => {
      listener.stream(rowsOf(project(value, index)));
      return undefined;
    },
  });
}

function rowsOf(page: unknown): Observable<unknown> {
  const pulled =
    typeof page === 'string' ||
    (typeof page === 'object' &&
      page !== null &&
      (Symbol.iterator in page || Symbol.asyncIterator in page || 'getReader' in page));
  if (pulled) return fromPull(page as Pullable<unknown>);
  try {
    return from(page as ObservableInput<unknown>);
  } catch {
    throw new TypeError(text('noRows', page));
  }
}
