// What becomes of one value, whatever of `timeoutMs`, `timeoutValue`, `retry`, `select` and `onError` is asked for together, is what
// RxJS's own operators make of it in the order that the design gives them.
import fc from 'fast-check';
import {
  asyncScheduler,
  concatMap,
  defer,
  groupBy,
  mergeMap,
  NEVER,
  type Observable,
  of,
  throwError,
  timeout,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { asyncMap, autoConcurrency, backgroundMap, inline } from '../../src/index.js';
import { later, failLater } from '../pressure.js';
import { known, late, outcomeOf, policyOptions, type PolicySpec, policySpec } from './policy-spec.js';
import { runs } from './runs.js';
import { timed, timedSpec, type TimedSpec } from './timed.js';

/** What an attempt brings: a stream, one result or failure, or nothing, ever. */
type AttemptSpec =
  | { readonly kind: 'stream'; readonly spec: TimedSpec }
  | { readonly kind: 'result'; readonly ms: number; readonly fails: boolean }
  | { readonly kind: 'throw' | 'never' | 'value' };

const attemptSpec: fc.Arbitrary<AttemptSpec> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('stream' as const), spec: timedSpec(3) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('result' as const), ms: fc.nat(6), fails: fc.boolean() }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constantFrom('throw' as const, 'never' as const, 'value' as const) }), weight: 1 },
);

interface Spec {
  readonly attempts: readonly AttemptSpec[];
  readonly policy: PolicySpec;
  readonly gaps: readonly number[];
}

const spec: fc.Arbitrary<Spec> = fc.record({
  attempts: fc.array(attemptSpec, { minLength: 1, maxLength: 5 }),
  // Never at the same time as anything that an attempt does.
  policy: policySpec(0.5, 2.5, 4.5),
  gaps: fc.array(fc.nat(4), { maxLength: 6 }),
});

/** The call for a value. After some attempts all is well, so that none is tried for ever. */
function callOf({ attempts, policy }: Spec): (value: number, attempt: number) => unknown {
  return (value, attempt) => {
    const given = attempts[(value + 3 * (attempt - 1)) % attempts.length] as AttemptSpec;
    const result = 1000 * (value + 1) + 100 * attempt;
    if (attempt > 3 || (given.kind === 'never' && policy.timeoutMs === undefined)) return result;
    switch (given.kind) {
      case 'stream':
        return timed(given.spec, result, 1);
      case 'result':
        return given.fails ? failLater(given.ms, `failed ${String(result)}`) : later(given.ms, result);
      case 'throw':
        throw `threw ${String(result)}`;
      case 'never':
        return NEVER;
      case 'value':
        return result;
    }
  };
}

/** A value's outcome in RxJS's own words. */
function reference(given: Spec): (value: number, index: number) => Observable<unknown> {
  const call = callOf(given);
  const options = policyOptions(given.policy);
  const { timeoutMs } = options;
  return (value, index) => {
    let attempt = 0;
    const attempt$ = defer(() => {
      const result = call(value, ++attempt);
      return typeof result === 'object' ? (result as Observable<number>) : of(result);
    });
    const timed$ =
      timeoutMs === undefined ? attempt$ : attempt$.pipe(timeout({ each: timeoutMs, with: () => throwError(() => late) }));
    return outcomeOf(timed$, options, value, index);
  };
}

type Entry = readonly [frame: number, kind: string, what: unknown];

/** Everything a stream does, and when. */
function recorded(make: () => Observable<unknown>): Entry[] {
  const record: Entry[] = [];
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    const frame = (): number => asyncScheduler.now();
    make().subscribe({
      next: (value) => record.push([frame(), 'next', known(value)]),
      error: (error: unknown) => record.push([frame(), 'error', known(error)]),
      complete: () => record.push([frame(), 'complete', undefined]),
    });
  });
  return record;
}

function untimed(record: readonly Entry[]): unknown[] {
  return record.map(([, kind, what]) => [kind, what]);
}

/** What happens at one time, in an order that does not depend on who was first. */
function byTime(record: readonly Entry[]): unknown[] {
  const end = record.find(([, kind]) => kind === 'error')?.[0] ?? Infinity;
  return record
    .filter(([frame, kind]) => frame < end || kind === 'error')
    .map(([frame, kind, what]) => JSON.stringify([frame, kind, frame === end ? undefined : what]))
    .sort();
}

type Map = (given: Spec, options: object) => (source: Observable<number>) => Observable<unknown>;

const maps: [string, Map][] = [
  [
    'asyncMap',
    (given, options) => {
      const call = callOf(given);
      return (source) =>
        defer(() => {
          const tried: number[] = [];
          const project = (value: number): unknown => call(value, (tried[value] = (tried[value] ?? 0) + 1));
          return source.pipe(asyncMap(project, { ...policyOptions(given.policy), ...options } as never));
        });
    },
  ],
  [
    'backgroundMap',
    (given, options) => {
      const call = callOf(given);
      return (source) =>
        defer(() => {
          const tried: number[] = [];
          const { tasks } = inline({
            work: (value: number, _more: number) => call(value, (tried[value] = (tried[value] ?? 0) + 1)),
          });
          return source.pipe(
            backgroundMap(tasks.work, { args: (value: number) => [value], ...policyOptions(given.policy), ...options } as never),
          );
        });
    },
  ],
];

function sourceOf({ gaps }: Spec): Observable<number> {
  return timed({ gaps, fault: null }, 0);
}

/** A concurrency that somebody pins and lets go of while calls run. */
function restless(steps: readonly number[]): object {
  return {
    get concurrency() {
      const auto = autoConcurrency({ max: 5 });
      steps.forEach((step, at) => {
        asyncScheduler.schedule(() => {
          if (step === 0) auto.unpin();
          else auto.pin(step);
        }, 2 * at);
      });
      return auto;
    },
  };
}

const orderedOptions = fc.oneof(
  fc.record({
    concurrency: fc.constantFrom<number | 'auto'>(1, 2, 3, Infinity, 'auto'),
    maxPending: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    keys: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
  fc.record({ steps: fc.array(fc.nat(4), { maxLength: 6 }) }),
);

function given(options: { keys?: number | undefined; maxPending?: number | undefined } | { steps: readonly number[] }): object {
  if ('steps' in options) return restless(options.steps);
  const { keys, maxPending, ...rest } = options;
  return {
    ...rest,
    ...(maxPending === undefined ? {} : { maxPending }),
    ...(keys === undefined ? {} : { key: (value: number) => value % keys }),
  };
}

vi.setConfig({ testTimeout: 120_000 });

describe.each(maps)('%s, whatever becomes of its values,', (_name, mapped) => {
  it('brings in order what concatMap would', () => {
    fc.assert(
      fc.property(spec, orderedOptions, (all, options) => {
        const ours = recorded(() => sourceOf(all).pipe(mapped(all, given(options))));
        const theirs = recorded(() => sourceOf(all).pipe(concatMap(reference(all))));

        expect(untimed(ours)).toStrictEqual(untimed(theirs));
      }),
      runs(300),
    );
  });

  it('brings what mergeMap would, at the same times', () => {
    fc.assert(
      fc.property(spec, fc.constantFrom(1, 2, 3, Infinity), (all, concurrency) => {
        const ours = recorded(() => sourceOf(all).pipe(mapped(all, { concurrency, ordered: false })));
        const theirs = recorded(() => sourceOf(all).pipe(mergeMap(reference(all), concurrency)));

        expect(byTime(ours)).toStrictEqual(byTime(theirs));
      }),
      runs(300),
    );
  });

  it('brings what groups would with keys, at the same times', () => {
    fc.assert(
      fc.property(spec, fc.integer({ min: 1, max: 3 }), (all, keys) => {
        const options = { concurrency: Infinity, maxPending: Infinity, ordered: false, key: (value: number) => value % keys };
        const ours = recorded(() => sourceOf(all).pipe(mapped(all, options)));
        const one = reference(all);
        const theirs = recorded(() =>
          sourceOf(all).pipe(
            groupBy((value) => value % keys),
            mergeMap((group$) => group$.pipe(concatMap((value) => one(value, value)))),
          ),
        );

        expect(byTime(ours)).toStrictEqual(byTime(theirs));
      }),
      runs(200),
    );
  });
});
