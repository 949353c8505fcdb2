import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  map as mapValues,
  materialize,
  mergeMap,
  NEVER,
  observeOn,
  of,
  retry,
  throwError,
  timeout,
  TimeoutError,
  timer,
  type Observable,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TaskTimeoutError } from '../../src/errors.js';
import { marbles } from '../marbles.js';
import { busyFor, failLater, later, pausable } from '../pressure.js';
import { bothMaps, type AnyMap } from './both-maps.js';

/** What the calls of a value do: a result after some time, a stream, a failure, lateness, or failures and then a result. */
type Behaviour =
  | 'quick'
  | 'slow'
  | 'now'
  | 'stream'
  | 'empty'
  | 'fails'
  | 'fails late'
  | 'throws'
  | 'stream fails'
  | 'never'
  | 'second try';

interface Options {
  readonly timeoutMs?: number;
  readonly timeoutValue?: string;
  readonly retry?: number;
  readonly onError?: 'skip' | 'settle' | ((error: unknown, input: number) => Observable<string>);
  readonly select?: (result: string, input: number) => string;
}

/** A project in which the value at each position behaves as it is told. Each has its own duration, so that no two end at once. */
function projectOf(behaviours: readonly Behaviour[]): (n: number) => unknown {
  const tries = new Map<number, number>();
  return (n) => {
    const tried = (tries.get(n) ?? 0) + 1;
    tries.set(n, tried);
    const result = `r${String(n)}`;
    const bad = new Error(`bad ${String(n)}`);
    switch (behaviours[n] ?? 'quick') {
      case 'quick':
        return later(3, result);
      case 'slow':
        return later(40, result);
      case 'now':
        return result;
      case 'stream':
        return concat(timer(2), timer(2)).pipe(mapValues((_, at) => `${result}.${String(at)}`));
      case 'empty':
        return EMPTY;
      case 'fails':
        return failLater(4, bad);
      case 'fails late':
        return failLater(45, bad);
      case 'throws':
        throw bad;
      case 'stream fails':
        return concat(timer(2).pipe(mapValues(() => result)), timer(2).pipe(mergeMap(() => throwError(() => bad))));
      case 'never':
        return NEVER;
      case 'second try':
        return tried % 2 === 1 ? failLater(2, bad) : later(2, result);
    }
  };
}

/** One value, as the design says it: timeout per attempt, retry, select, timeout → timeoutValue, error → onError. */
function reference(project: (n: number) => unknown, options: Options): (n: number) => Observable<unknown> {
  const stream = (result: unknown): Observable<unknown> =>
    typeof result === 'object' && result !== null && 'subscribe' in result
      ? (result as Observable<unknown>)
      : of(result);
  return (n) => {
    let one$: Observable<unknown> = defer(() => {
      const result = project(n);
      const isPromise = typeof result === 'object' && result !== null && 'then' in result;
      return isPromise ? from(result as Promise<unknown>).pipe(mergeMap(stream)) : stream(result);
    });
    if (options.timeoutMs !== undefined) one$ = one$.pipe(timeout({ each: options.timeoutMs }));
    if (options.retry !== undefined) one$ = one$.pipe(retry(options.retry));
    if (options.select !== undefined) {
      const { select } = options;
      one$ = one$.pipe(mapValues((result) => select(result as string, n)));
    }
    if (options.timeoutValue !== undefined) {
      one$ = one$.pipe(
        catchError((error: unknown) =>
          error instanceof TimeoutError ? of(options.timeoutValue) : throwError(() => error),
        ),
      );
    }
    const { onError } = options;
    if (onError === 'skip') return one$.pipe(catchError(() => EMPTY));
    if (onError === 'settle') {
      return one$.pipe(
        mapValues((value) => ({ status: 'fulfilled', value, input: n })),
        catchError((reason: unknown) => of({ status: 'rejected', reason, input: n })),
      );
    }
    if (onError !== undefined) return one$.pipe(catchError((error: unknown) => onError(error, n)));
    return one$;
  };
}

/** Everything that comes, and how it ends; a timeout is a timeout, whoever tells it. */
function outcome(values$: Observable<unknown>): Observable<unknown> {
  const plain = (what: unknown): unknown => {
    if (what instanceof TimeoutError || what instanceof TaskTimeoutError) return 'timed out';
    return typeof what === 'object' && what !== null && 'reason' in what
      ? { ...what, reason: plain(what.reason) }
      : what;
  };
  return values$.pipe(
    materialize(),
    mapValues(({ kind, value, error }) => [kind, plain(value), plain(error)]),
  );
}

const behaviours: readonly (readonly Behaviour[])[] = [
  ['quick', 'slow', 'quick', 'stream'],
  ['slow', 'fails', 'quick', 'fails'],
  ['second try', 'stream', 'second try', 'quick'],
  ['stream', 'never', 'quick', 'second try', 'quick'],
  ['fails late', 'fails', 'now', 'throws'],
  ['now', 'empty', 'stream fails', 'slow', 'quick'],
  ['slow', 'stream', 'throws', 'quick', 'stream'],
  ['empty', 'never', 'fails', 'stream fails'],
];
const selecting: Options = {
  select: (result, n) => {
    if (n === 3) throw new Error('select 3');
    return `${String(n)}:${result}`;
  },
};
/** Ways to combine what becomes of one value: each pair of options meets in one of them. */
const policies: readonly (readonly [string, Options])[] = [
  ['nothing', {}],
  ['timeoutMs', { timeoutMs: 20 }],
  ['timeoutMs, timeoutValue', { timeoutMs: 20, timeoutValue: 'late' }],
  ['timeoutMs, retry', { timeoutMs: 20, retry: 1 }],
  ['timeoutMs, timeoutValue, retry, select', { timeoutMs: 20, timeoutValue: 'late', retry: 1, ...selecting }],
  ['retry', { retry: 1 }],
  ['retry, select', { retry: 2, ...selecting }],
  ['select', selecting],
  ['skip', { timeoutMs: 100, onError: 'skip' }],
  ['skip, retry, select', { timeoutMs: 30, onError: 'skip', retry: 1, ...selecting }],
  ['settle, select', { timeoutMs: 100, onError: 'settle', ...selecting }],
  ['settle, timeoutMs, timeoutValue', { timeoutMs: 20, timeoutValue: 'late', onError: 'settle' }],
  ['settle, timeoutMs, retry', { timeoutMs: 20, retry: 1, onError: 'settle' }],
  [
    'a function, timeoutMs',
    { timeoutMs: 20, onError: (_error, n) => of(`no ${String(n)}`).pipe(observeOn(asyncScheduler, 3)) },
  ],
  [
    'a function that fails, select',
    { timeoutMs: 50, ...selecting, onError: (_error, n) => throwError(() => `worse ${String(n)}`) },
  ],
];

/** Compares what `actual$` brings with what `expected$` does, whenever it comes. */
function same(actual$: Observable<unknown>, expected$: Observable<unknown>): void {
  marbles(({ flush }) => {
    const got: unknown[] = [];
    const wanted: unknown[] = [];
    outcome(actual$).subscribe((all) => got.push(all));
    outcome(expected$).subscribe((all) => wanted.push(all));
    flush();
    expect(got).toEqual(wanted);
  })();
}

function cases(
  title: string,
  check: (map: AnyMap, values: number[], all: readonly Behaviour[], policy: Options) => void,
): void {
  describe.each(bothMaps)(`%s ${title}`, (_name, map) => {
    describe.each(policies)('with %s', (_policy, policy) => {
      it.each(behaviours.map((all) => [all.join(', '), all] as const))('of %s', (_all, all) => {
        check(map, [...all.keys()], all, policy);
      });
    });
  });
}

/** Without a timeout a call that never ends is the end of every comparison: it is late, then, for both. */
const ends = (all: readonly Behaviour[], { timeoutMs }: Options): readonly Behaviour[] =>
  timeoutMs === undefined ? all.map((behaviour) => (behaviour === 'never' ? 'slow' : behaviour)) : all;

cases(
  'brings what concatMap brings, one at a time and several at once, from a source that can be held and one that cannot',
  (map, values, all, policy) => {
    const behave = ends(all, policy);
    const wanted = (): Observable<unknown> => from(values).pipe(concatMap(reference(projectOf(behave), policy)));
    for (const concurrency of [1, 2, 3, Infinity]) {
      const options = { ...policy, concurrency } as never;
      same(from(values).pipe(map(projectOf(behave), options)), wanted());
      same(pausable(2, values).pipe(map(projectOf(behave), options), busyFor(5)), wanted());
      same(pausable(1, values).pipe(map(projectOf(behave), { ...(options as object), maxPending: 2 })), wanted());
    }
  },
);

cases('brings what mergeMap brings with ordered: false, and at the same time', (map, values, all, policy) => {
  const behave = ends(all, policy);
  for (const concurrency of [1, 2, Infinity]) {
    marbles(({ expectObservable }) => {
      const options = { ...policy, concurrency, ordered: false } as never;
      const actual$ = outcome(from(values).pipe(map(projectOf(behave), options)));
      const wanted$ = outcome(from(values).pipe(mergeMap(reference(projectOf(behave), policy), concurrency)));
      expectObservable(actual$).toEqual(wanted$);
    })();
  }
});
