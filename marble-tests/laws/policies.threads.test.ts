// The same as `policies.test.ts` for values that travel to threads, in chunks or alone: what goes wrong there is told in other ways.
import fc from 'fast-check';
import { concat, concatMap, defer, EMPTY, from, type Observable, of, range, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { backgroundMap } from '../../src/operators/background-map.js';
import { play } from '../executors/simulated-play.js';
import type { Deed } from '../executors/simulated-thread.js';
import { died, known, late, outcomeOf, policyOptions, policySpec } from './policy-spec.js';
import { runs } from './runs.js';

vi.mock('../../src/executors/threads/thread.js', () => import('../executors/simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('../executors/simulated-thread.js'));

/** What a call does; the last three end it in ways of which its task knows nothing, two of them by being late. */
type Fate = 'return' | 'slow' | 'throw' | 'throw undefined' | 'die' | 'spin' | 'listen';

/** The values that a call streams before that: how many, and how long each takes. */
interface Streamed {
  readonly count: number;
  readonly ms: number;
}

const scene = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  fates: fc.array(
    fc.constantFrom<Fate>('return', 'return', 'return', 'slow', 'throw', 'throw undefined', 'die', 'spin', 'listen'),
    { minLength: 1, maxLength: 7 },
  ),
  streams: fc.array(
    fc.option(fc.record({ count: fc.constantFrom(0, 1, 2, 5, 20, 40), ms: fc.nat(2) }), { nil: undefined, freq: 2 }),
    { minLength: 1, maxLength: 5 },
  ),
  streamAhead: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  /** From the attempt after that on all is well. */
  attempts: fc.integer({ min: 1, max: 3 }),
  policy: policySpec(20),
  most: fc.integer({ min: 1, max: 3 }),
  ordered: fc.boolean(),
  concurrency: fc.constantFrom<undefined | number | 'auto'>(undefined, 1, 2, 'auto'),
  maxPending: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  travels: fc.constantFrom({}, {}, { chunkSize: 1 }, { chunkSize: 3 }, { chunkSize: 100 }, { key: (n: number) => n % 2 }),
  /** `args` throws for each value that leaves the remainder 0. */
  misfits: fc.option(fc.integer({ min: 3, max: 9 }), { nil: undefined }),
});

const result = (n: number, attempt: number): number => 10 * n + attempt;
const oops = (n: number): string => `failed ${String(n)}`;

function record(values$: Observable<unknown>): unknown[] {
  const all: unknown[] = [];
  values$.subscribe({
    next: (value) => all.push(['next', known(value)]),
    error: (error: unknown) => all.push(['error', known(error)]),
    complete: () => all.push(['complete']),
  });
  return all;
}

function unordered(all: readonly unknown[]): string[] {
  return all.map((entry) => JSON.stringify(entry)).sort();
}

vi.setConfig({ testTimeout: 120_000 });

describe('backgroundMap over threads, whatever becomes of its values,', () => {
  it('brings in order what concatMap would, or the same in another order, and leaves nothing behind', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const { count, fates, streams, attempts, policy, most, ordered, concurrency, maxPending, streamAhead, travels, misfits } = given;
        const fateOf = (n: number, attempt: number): Fate => {
          const fate = attempt > attempts ? 'return' : (fates[(n + 3 * attempt) % fates.length] as Fate);
          return policy.timeoutMs === undefined && (fate === 'spin' || fate === 'listen') ? 'return' : fate;
        };
        const streamOf = (n: number, attempt: number): Streamed | undefined => streams[(n + attempt) % streams.length];
        const streamed = (n: number, attempt: number, length: number): number[] =>
          Array.from({ length }, (_, i) => 100 * result(n, attempt) + i);
        const deed = (n: number, attempt: number): Partial<Deed> => {
          const stream = streamOf(n, attempt);
          if (stream === undefined) return deedOf(n, attempt);
          const values = streamed(n, attempt, stream.count);
          return { ...deedOf(n, attempt), streams: values.map((brings) => ({ ms: stream.ms, brings })) };
        };
        const deedOf = (n: number, attempt: number): Partial<Deed> => {
          const fate = fateOf(n, attempt);
          if (fate === 'throw') return { does: 'throw', brings: oops(n) };
          if (fate === 'throw undefined') return { does: 'throw', brings: undefined };
          if (fate === 'return' || fate === 'slow') return { ms: fate === 'slow' ? 2 : 0, brings: result(n, attempt) };
          return { does: fate };
        };
        const args = (n: number): [] => {
          if (misfits !== undefined && n % misfits === 0) throw undefined;
          return [];
        };
        const own = policyOptions(policy);
        // With both, values travel alone.
        const alone = policy.retry !== undefined && streams.some((stream) => stream !== undefined) && !('key' in travels);
        const reference = (n: number, index: number): Observable<unknown> => {
          let attempt = 0;
          const attempt$ = defer(() => {
            const fate = fateOf(n, ++attempt);
            args(n);
            const stream = streamOf(n, attempt);
            const values$ = stream === undefined ? EMPTY : from(streamed(n, attempt, stream.count));
            if (fate === 'return' || fate === 'slow') return stream === undefined ? of(result(n, attempt)) : values$;
            return concat(
              values$,
              throwError(() => {
                if (fate === 'throw') return oops(n);
                if (fate === 'throw undefined') return undefined;
                return fate === 'die' ? died : late;
              }),
            );
          });
          return outcomeOf(attempt$, own, n, index);
        };
        play({ most, deed }, ({ pool, task, at, timers, threads }) => {
          const options = {
            ...own,
            ...(alone ? { chunkSize: 1 } : travels),
            ordered,
            ...(concurrency === undefined ? {} : { concurrency }),
            ...(maxPending === undefined ? {} : { maxPending }),
            ...(streamAhead === undefined ? {} : { streamAhead }),
            ...(misfits === undefined ? {} : { args }),
          };
          const ours = record(range(0, count).pipe(backgroundMap(task, options as never)));
          const theirs = record(range(0, count).pipe(concatMap(reference)));
          at(15_000, () => {
            expect([pool.free, timers()]).toEqual([most, 0]);
            void pool.close();
          });
          return () => {
            expect(threads()).toBe(0);
            if (ordered) expect(ours).toStrictEqual(theirs);
            else if (unordered(theirs).includes('["complete"]')) expect(unordered(ours)).toEqual(unordered(theirs));
            else expect(ours.at(-1)).toContain('error');
          };
        });
      }),
      runs(150),
    );
  });
});
