// The law of DESIGN: a held source is silent. Every source and operator of the package is held to it.
import { asyncScheduler, concat, EMPTY, from, interval, map, merge, NEVER, type Observable, of, take, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { currentValve, holding, type Valve } from '../../src/backpressure/index.js';
import {
  asyncMap,
  backgroundMap,
  collect,
  expandFetch,
  fetchPages,
  flatten,
  fromPull,
  inline,
  onDemand,
  pace,
  prefetch,
  repeatFetch,
  timeoutAsSentinel,
} from '../../src/index.js';
import { after, Calls } from '../probes.js';

type End = 'complete' | 'error';
type Values = readonly string[];
type Make = (values: Values, end: End, calls: Calls<unknown>) => Observable<unknown>;

/** A source that cannot be held: a value every 2 ms. */
function unstoppable(values: Values, end: End): Observable<string> {
  const ticks = interval(2).pipe(
    take(values.length),
    map((index) => values[index]!),
  );
  return concat(ticks, end === 'error' ? throwError(() => 'failed') : EMPTY);
}

/** A pausable source: a value every 2 ms while it is open. */
function timed(values: Values, end: End, calls = new Calls<unknown>()): Observable<string> {
  return repeatFetch(({ index }) => {
    calls.note(index);
    if (index === values.length && end === 'error') return after(2, '').pipe(map(() => fail()));
    return after(2, values[index]);
  });
}

function fail(): never {
  throw 'failed';
}

/** An iterator whose promises are kept in virtual time. */
function timedIterator(values: Values, end: End, calls: Calls<unknown>): AsyncIterator<string> {
  let index = 0;
  const kept = <T>(outcome: () => T): Promise<T> =>
    ({
      then: (resolve: (value: T) => void, reject: (error: unknown) => void) =>
        asyncScheduler.schedule(() => {
          let value: T;
          try {
            value = outcome();
          } catch (error) {
            reject(error);
            return;
          }
          resolve(value);
        }, 2),
    }) as unknown as Promise<T>;
  return {
    next: () => {
      calls.note(index);
      const at = index++;
      return kept((): IteratorResult<string> => {
        if (at < values.length) return { done: false, value: values[at]! };
        return end === 'error' ? fail() : { done: true, value: undefined };
      });
    },
  };
}

/** The next position of a chain over `values`, and its fetch. */
function chain(values: Values, end: End, calls: Calls<unknown>, ms: number) {
  return {
    fetch: (at: number): Observable<string> => {
      calls.note(at);
      return ms === 0 ? of(values[at]!) : after(ms, values[at]!);
    },
    next: (_page: string, at: number): number | undefined => {
      if (at + 1 < values.length) return at + 1;
      return end === 'error' ? fail() : undefined;
    },
  };
}

const sources: Record<string, Make> = {
  'fromPull, synchronous': (values, end, calls) =>
    fromPull(function* () {
      for (const value of values) {
        calls.note(value);
        yield value;
      }
      if (end === 'error') fail();
    }),
  'fromPull, asynchronous': (values, end, calls) => fromPull(timedIterator(values, end, calls)),
  'repeatFetch, synchronous': (values, end, calls) =>
    repeatFetch(({ index }) => {
      calls.note(index);
      return index === values.length && end === 'error' ? fail() : values[index];
    }),
  'repeatFetch, asynchronous': timed,
  'fetchPages, synchronous': (values, end, calls) => fetchPages({ start: 0, ...chain(values, end, calls, 0) }),
  'fetchPages, asynchronous': (values, end, calls) => fetchPages({ start: 0, ...chain(values, end, calls, 2) }),
  'expandFetch, one chain for each value': (values, end, calls) => {
    const { fetch } = chain(values, end, calls, 2);
    return timed(values, end).pipe(
      map((value) => values.indexOf(value)),
      expandFetch(fetch, () => undefined),
    );
  },
  'expandFetch, two chains at once': (values, end, calls) => {
    const { fetch } = chain(values, end, calls, 1);
    return timed(values, end).pipe(
      map((value) => values.indexOf(value)),
      expandFetch(fetch, () => undefined, { concurrency: 2 }),
    );
  },
  'expandFetch, chains without a bound over a source that cannot be held': (values, end, calls) => {
    const { fetch } = chain(values, end, calls, 1);
    return unstoppable(values, end).pipe(
      map((value) => values.indexOf(value)),
      expandFetch(fetch, () => undefined, { concurrency: Infinity }),
    );
  },
  'expandFetch, closures': (values, end, calls) =>
    of(0).pipe(
      expandFetch(() => ({ index }) => {
        calls.note(index);
        return after(2, index === values.length && end === 'error' ? fail() : values[index]);
      }),
    ),
  'flatten, of single rows': (values, end, calls) =>
    timed(values, end).pipe(
      flatten((value) => {
        calls.note(value);
        return [value];
      }),
    ),
  'flatten, of single rows, over a source that cannot be held': (values, end, calls) =>
    unstoppable(values, end).pipe(
      flatten((value) => {
        calls.note(value);
        return [value];
      }),
    ),
  'flatten, of one page': (values, end, calls) =>
    timed(['page'], end).pipe(
      flatten(function* () {
        for (const value of values) {
          calls.note(value);
          yield value;
        }
      }),
    ),
};

const operators: Record<string, (source: Observable<string>) => Observable<unknown>> = {
  'prefetch(1)': prefetch(1),
  'prefetch(3)': prefetch(3),
  "prefetch('auto')": prefetch('auto'),
  'two prefetches': (source) => source.pipe(prefetch(1), prefetch(1)),
  'flatten, of promised time': flatten((value: string) => after(1, value)),
  'collect(1)': (source) => source.pipe(collect(1), flatten()),
  'collect(2) with maxWaitMs': (source) => source.pipe(collect(2, { maxWaitMs: 3 }), flatten()),
  'collect(2) with maxWaitMs, its arrays': collect(2, { maxWaitMs: 3 }),
  pace: pace({ limit: 1, perMs: 3 }),
  onDemand: onDemand(from([1, 100])),
  'onDemand, step by step': onDemand(interval(3)),
  timeoutAsSentinel: timeoutAsSentinel(20),
  'timeoutAsSentinel that continues': timeoutAsSentinel(20, { after: 'continue' }),
  asyncMap: asyncMap((value) => after(1, value)),
  'asyncMap, three at once': asyncMap((value) => after(1, value), { concurrency: 3 }),
  'asyncMap, unordered': asyncMap((value) => after(1, value), { concurrency: 3, ordered: false }),
  'asyncMap, of streams': asyncMap((value) => timed([value], 'complete')),
  'asyncMap, of streams that cannot be held': asyncMap((value) => unstoppable([value], 'complete')),
  backgroundMap: backgroundMap(inline({ echo: (value: string) => value }).tasks.echo),
  'asyncMap over holding': asyncMap((value) => holding(after(1, value))),
  'merge of sources': (source) => merge(source, NEVER.pipe(take(0))).pipe(prefetch(1)),
};

const cases: [string, Make][] = [
  ...Object.entries(sources),
  ...Object.entries(operators).flatMap(([name, operator]): [string, Make][] => [
    [`${name}, over a pausable source`, (values, end) => timed(values, end).pipe(operator)],
    [`${name}, over a source that cannot be held`, (values, end) => unstoppable(values, end).pipe(operator)],
  ]),
];

interface Seen {
  /** Values, and the end. */
  readonly all: unknown[];
  /** What came, and what was called, between hold and release. */
  readonly whileHeld: unknown[];
  readonly callsWhileHeld: number;
}

/** Subscribes, holds the valve of the first delivery `holdAfter` ms later, and lets it go in frame 100. */
function watch(make: Make, values: Values, end: End, holdAfter: number): Seen {
  const all: unknown[] = [];
  const whileHeld: unknown[] = [];
  const calls = new Calls<unknown>();
  let callsBefore = 0;
  let callsWhileHeld = 0;
  let held: Valve | undefined;
  new TestScheduler(() => {}).run(({ flush }) => {
    let release: (() => void) | undefined;
    let isHeld = false;
    const note = (what: unknown): void => {
      if (isHeld) whileHeld.push(what);
      all.push(what);
    };
    const hold = (): void => {
      release = held!.hold();
      isHeld = true;
      callsBefore = calls.count;
    };
    make(values, end, calls).subscribe({
      next: (value) => {
        note(value);
        if (held !== undefined) return;
        held = currentValve();
        if (holdAfter === 0) hold();
        else asyncScheduler.schedule(hold, holdAfter);
      },
      error: (error: unknown) => note(`error: ${String(error)}`),
      complete: () => note('complete'),
    });
    asyncScheduler.schedule(() => {
      callsWhileHeld = calls.count - callsBefore;
      isHeld = false;
      release?.();
      expect(held?.held).toBe(false);
    }, 100);
    // Everything is over by then, but for what would never end.
    flush();
  });
  expect(held).toBeDefined();
  return { all, whileHeld, callsWhileHeld };
}

function whole(values: Values, end: End): unknown[] {
  return [...values, end === 'error' ? 'error: failed' : 'complete'];
}

describe.each(cases)('%s', (name, make) => {
  describe.each(['complete', 'error'] as const)('that ends with %s', (end) => {
    it.each([
      ['a', 0],
      ['abcdef', 0],
      ['a', 1],
      ['abcdef', 1],
    ] as const)('is silent while it is held: %s, held after %i ms', (letters, holdAfter) => {
      const values = Array.from(letters);
      const seen = watch(make, values, end, holdAfter);
      expect(seen.whileHeld).toEqual([]);
      expect(seen.callsWhileHeld).toBe(0);
      // onDemand completes with what was wanted, and merged chains come as they arrive.
      const all = name.includes('chains') ? sorted(seen.all) : seen.all.flat();
      expect(all).toEqual(whole(values, end));
    });
  });
});

function sorted(all: unknown[]): unknown[] {
  return [...all.slice(0, -1).sort(), ...all.slice(-1)];
}
