import fc from 'fast-check';
import { catchError, concat, concatMap, defer, EMPTY, groupBy, mergeMap, type Observable, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { asyncMap, backgroundMap, inline } from '../../src/index.js';
import { runs } from './runs.js';
import { recorded, timed, timedCalls, timedSpec } from './timed.js';

/** `mergeMap`, but that an error of the source waits for what came before it. */
function reference(
  source: Observable<number>,
  call: (value: number) => Observable<number>,
  concurrency: number,
  mapped = mergeMap(call, concurrency),
): Observable<number> {
  return defer(() => {
    let end: Observable<never> = EMPTY;
    const values = source.pipe(
      catchError((error: unknown) => {
        end = throwError(() => error);
        return EMPTY;
      }),
    );
    return concat(
      values.pipe(mapped),
      defer(() => end),
    );
  });
}

/** Keys in RxJS's own words: a group is one after another, and the groups are side by side. */
function byKeys(call: (value: number) => Observable<number>, keys: number) {
  return (source: Observable<number>): Observable<number> =>
    source.pipe(
      groupBy((value) => value % keys),
      mergeMap((group) => group.pipe(concatMap(call))),
    );
}

const calls = fc.array(timedSpec(3), { minLength: 1, maxLength: 4 });
const concurrency = fc.constantFrom(1, 2, 3, Infinity);

vi.setConfig({ testTimeout: 120_000 });

describe('Law 2', () => {
  it('asyncMap emits what mergeMap emits, at the same times', () => {
    fc.assert(
      fc.property(timedSpec(6), calls, concurrency, (source, specs, most) => {
        const call = timedCalls(specs);
        const ours = recorded(() => timed(source, 0).pipe(asyncMap(call, { concurrency: most, ordered: false })));

        expect(ours).toStrictEqual(recorded(() => reference(timed(source, 0), call, most)));
      }),
      runs(1000),
    );
  });

  it('backgroundMap emits what mergeMap emits, at the same times', () => {
    fc.assert(
      fc.property(timedSpec(6), calls, fc.integer({ min: 1, max: 3 }), (source, specs, most) => {
        const call = timedCalls(specs);
        const { tasks } = inline({ call }, { capacity: most });
        const ours = recorded(() => timed(source, 0).pipe(backgroundMap(tasks.call, { ordered: false })));

        expect(ours).toStrictEqual(recorded(() => reference(timed(source, 0), call, most)));
      }),
      runs(1000),
    );
  });

  it('asyncMap with keys emits what groups would, at the same times', () => {
    fc.assert(
      fc.property(timedSpec(8), calls, fc.integer({ min: 1, max: 4 }), (source, specs, keys) => {
        const call = timedCalls(specs);
        const options = { concurrency: Infinity, maxPending: Infinity, ordered: false, key: (v: number) => v % keys };
        const ours = recorded(() => timed(source, 0).pipe(asyncMap(call, options)));

        expect(ours).toStrictEqual(recorded(() => reference(timed(source, 0), call, Infinity, byKeys(call, keys))));
      }),
      runs(1000),
    );
  });
});
