import fc from 'fast-check';
import { concat, concatMap, from, type Observable, of, throwError, timer, map, ignoreElements } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { thrown } from './task-spec.js';

/** Values by the time between them, and perhaps an error at the end: the same for whoever listens, held or not. */
export interface TimedSpec {
  readonly gaps: readonly number[];
  readonly fault: { readonly thrown: unknown } | null;
}

export function timedSpec(maxLength: number): fc.Arbitrary<TimedSpec> {
  return fc.record({
    gaps: fc.array(fc.nat(4), { maxLength }),
    fault: fc.option(fc.record({ thrown }), { freq: 4 }),
  });
}

/** Brings `first`, `first + 1` … Nothing takes time where the gap is 0. */
export function timed({ gaps, fault }: TimedSpec, first: number, lastGap = 0): Observable<number> {
  const wait = (gap: number): Observable<never> => (gap === 0 ? from([]) : timer(gap).pipe(ignoreElements()));
  const values = from(gaps).pipe(concatMap((gap, i) => concat(wait(gap), of(first + i))));
  return concat(values, wait(lastGap), fault === null ? from([]) : throwError(() => fault.thrown));
}

/** Everything a stream does, with its time: `[frame, 'next', value]`, and so on. */
export function recorded(make: () => Observable<number>): [frame: number, kind: string, what: unknown][] {
  const record: [number, string, unknown][] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    make().subscribe({
      next: (value) => record.push([scheduler.frame, 'next', value]),
      error: (error: unknown) => record.push([scheduler.frame, 'error', error]),
      complete: () => record.push([scheduler.frame, 'complete', undefined]),
    });
  });
  return record;
}

/** The same without its time. */
export function untimed(record: readonly [number, string, unknown][]): [string, unknown][] {
  return record.map(([, kind, what]) => [kind, what]);
}

/** A call for each value: what it brings, by the value. */
export function timedCalls(specs: readonly TimedSpec[]): (value: number) => Observable<number> {
  return (value) => timed(specs[value % specs.length] as TimedSpec, 1000 * (value + 1), 1).pipe(map((v) => v));
}
