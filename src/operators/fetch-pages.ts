import { of, type Observable } from 'rxjs';
import { aFunction, checkOptions, checkValue, type Rules } from '../options.js';
import { expandChains, type FetchPage, type NextInput } from './expand-fetch.js';

export interface FetchPagesOptions<I, P> {
  /** The input of the first call. */
  readonly start: I;
  /** Brings the page that its input asks for: a value, a promise, an Observable, or a task. */
  readonly fetch: FetchPage<I, P>;
  /** The input of the next call, or `undefined` or `null` after the last page. */
  readonly next: NextInput<I, P>;
}

/**
 * One chain of pages, from `start` on: `of(start).pipe(expandFetch(fetch, next))`.
 *
 * Use it for a paginated API or a table read by key; with many chains use {@link expandFetch}. Order, memory, cancellation and
 * errors are those of `expandFetch`: one call at a time, on demand.
 *
 * ```text
 * fetchPages      ---P---Q---(R|)
 * ```
 *
 * @throws TypeError when called with invalid arguments.
 * @example
 * ```ts
 * fetchPages({
 *   start: 0,
 *   fetch: (after) => sql`SELECT * FROM city WHERE id > ${after} ORDER BY id LIMIT 100`,
 *   next: (rows) => rows.at(-1)?.id,
 * }).pipe(prefetch(2), flatten(), backgroundMap(work))
 * ```
 */
export function fetchPages<I, P>(options: FetchPagesOptions<I, P>): Observable<P> {
  const rules: Rules = { start: ['any'], fetch: aFunction, next: aFunction };
  const { start, fetch, next } = checkOptions('fetchPages', options, rules);
  checkValue('fetchPages', 'fetch', fetch, aFunction);
  checkValue('fetchPages', 'next', next, aFunction);
  return of(start).pipe(expandChains('fetchPages', fetch, next));
}
