// Compiled, never run: `npm run typecheck` holds these lines.
import { of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { TIMEOUT, timeoutAsSentinel } from '../../src/index.js';

const numbers$ = of(1, 2, 3);

describe('timeoutAsSentinel', () => {
  it('adds TIMEOUT, a unique symbol, given or not', () => {
    expectTypeOf(numbers$.pipe(timeoutAsSentinel(5))).toEqualTypeOf<Observable<number | typeof TIMEOUT>>();
    expectTypeOf(numbers$.pipe(timeoutAsSentinel(5, { sentinel: TIMEOUT }))).toEqualTypeOf<
      Observable<number | typeof TIMEOUT>
    >();
  });

  it('adds another sentinel as it is given', () => {
    expectTypeOf(numbers$.pipe(timeoutAsSentinel(5, { sentinel: 'late' }))).toEqualTypeOf<
      Observable<number | 'late'>
    >();
    expectTypeOf(
      numbers$.pipe(timeoutAsSentinel({ firstMs: 5 }, { sentinel: null, after: 'continue' })),
    ).toEqualTypeOf<Observable<number | null>>();
  });

  it('goes through a function for any type of value', () => {
    function orLate<T>(source: Observable<T>): Observable<T | typeof TIMEOUT> {
      return source.pipe(timeoutAsSentinel(5));
    }
    expectTypeOf(orLate(numbers$)).toEqualTypeOf<Observable<number | typeof TIMEOUT>>();
  });
});
