// Every source and operator of the package, each as a stream of the same values, for laws that all of them obey.
import { asyncScheduler, concat, EMPTY, from, interval, map, merge, NEVER, type Observable, of, type Subscription, take, throwError } from 'rxjs';
import { holding } from '../../src/backpressure/index.js';
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

export type End = 'complete' | 'error';
export type Values = readonly string[];
export type Make = (values: Values, end: End, calls: Calls<unknown>) => Observable<unknown>;

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
  let pending: Subscription | undefined;
  const kept = <T>(outcome: () => T): Promise<T> =>
    ({
      then: (resolve: (value: T) => void, reject: (error: unknown) => void) => {
        pending = asyncScheduler.schedule(() => {
          let value: T;
          try {
            value = outcome();
          } catch (error) {
            reject(error);
            return;
          }
          resolve(value);
        }, 2);
      },
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
    return: () => {
      pending?.unsubscribe();
      return Promise.resolve({ done: true, value: undefined });
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
  'fromPull, asynchronous': (values, end, calls) => fromPull(() => timedIterator(values, end, calls)),
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

export const cases: [string, Make][] = [
  ...Object.entries(sources),
  ...Object.entries(operators).flatMap(([name, operator]): [string, Make][] => [
    [`${name}, over a pausable source`, (values, end) => timed(values, end).pipe(operator)],
    [`${name}, over a source that cannot be held`, (values, end) => unstoppable(values, end).pipe(operator)],
  ]),
];
