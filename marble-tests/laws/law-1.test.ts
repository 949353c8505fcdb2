import fc from 'fast-check';
import { concatMap, EMPTY, materialize, type Observable, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { asyncMap, backgroundMap, fromPull, inline, prefetch } from '../../src/index.js';
import { runs } from './runs.js';
import { recorded, timed, timedCalls, timedSpec, untimed } from './timed.js';

type Call = (value: number) => Observable<number>;

/** Law 1 as it is written. */
function reference(source: Observable<number>, call: Call): Observable<number> {
  return source.pipe(
    materialize(),
    concatMap((n) => (n.kind === 'N' ? call(n.value) : n.kind === 'E' ? throwError(() => n.error as unknown) : EMPTY)),
  );
}

const options = fc.record({
  concurrency: fc.constantFrom(1, 2, 3, Infinity),
  maxPending: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  keys: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});
const calls = fc.array(timedSpec(3), { minLength: 1, maxLength: 4 });

interface Given {
  readonly concurrency: number;
  readonly maxPending: number | undefined;
  readonly keys: number | undefined;
}

function optionsOf({ concurrency, maxPending, keys }: Given): {
  concurrency: number;
  maxPending?: number;
  key?: (value: number) => number;
} {
  return {
    concurrency,
    ...(maxPending === undefined ? {} : { maxPending }),
    ...(keys === undefined ? {} : { key: (value) => value % keys }),
  };
}

vi.setConfig({ testTimeout: 120_000 });

describe('Law 1', () => {
  it('asyncMap emits what concatMap emits, and nothing later, when its source takes its own time', () => {
    fc.assert(
      fc.property(timedSpec(6), calls, options, (source, specs, given) => {
        const call = timedCalls(specs);
        const ours = recorded(() => timed(source, 0).pipe(asyncMap(call, optionsOf(given))));
        const theirs = recorded(() => reference(timed(source, 0), call));

        expect(untimed(ours)).toStrictEqual(untimed(theirs));
        ours.forEach(([frame], i) => expect(frame).toBeLessThanOrEqual(theirs[i]?.[0] ?? -1));
      }),
      runs(700),
    );
  });

  it('backgroundMap emits what concatMap emits', () => {
    fc.assert(
      fc.property(timedSpec(6), calls, options, fc.integer({ min: 1, max: 3 }), (source, specs, given, capacity) => {
        const call = timedCalls(specs);
        const { tasks } = inline({ call }, { capacity });
        const ours = recorded(() => timed(source, 0).pipe(backgroundMap(tasks.call, optionsOf(given))));

        expect(untimed(ours)).toStrictEqual(untimed(recorded(() => reference(timed(source, 0), call))));
      }),
      runs(700),
    );
  });

  it('holds with a pausable source and values fetched ahead, too', () => {
    fc.assert(
      fc.property(fc.nat(8), fc.integer({ min: 1, max: 4 }), calls, options, (count, ahead, specs, given) => {
        const call = timedCalls(specs);
        const values = Array.from({ length: count }, (_, i) => i);
        const ours = recorded(() => fromPull(values).pipe(prefetch(ahead), asyncMap(call, optionsOf(given))));

        expect(untimed(ours)).toStrictEqual(untimed(recorded(() => reference(of(...values), call))));
      }),
      runs(500),
    );
  });
});
