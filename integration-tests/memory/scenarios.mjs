// Runs in a process of its own, with --expose-gc: one scenario, whose figures are sent to the test.
import {
  asyncScheduler,
  concat,
  concatMap,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  map,
  NEVER,
  of,
  range,
  share,
  Subject,
  take,
  tap,
} from 'rxjs';
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
  toAsyncIterable,
} from 'rxjs-background';
import { holding } from 'rxjs-background/backpressure';
import { threads } from 'rxjs-background/node';

const million = 1_000_000;

/** @typedef {import('rxjs').Observable<unknown>} Stream */
/** @typedef {{ count: number, mostAhead?: number, heap: number[], timers?: number }} Figures */

/** Megabytes in use, once all that can go has gone. */
function heap() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Counts what is between the entrance and the exit, and looks at the heap now and then. */
class Watch {
  entered = 0;
  left = 0;
  mostAhead = 0;
  /** @type {number[]} */
  heap = [];

  enter() {
    this.mostAhead = Math.max(this.mostAhead, ++this.entered - this.left);
  }

  leave() {
    if (++this.left % (million / 5) === 0) this.heap.push(heap());
  }

  /** @returns {Figures} */
  figures() {
    return { count: this.left, mostAhead: this.mostAhead, heap: this.heap };
  }

  /** @returns {import('rxjs').Observable<number>} */
  source() {
    return fromPull(() => this.#values());
  }

  *#values() {
    for (let n = 0; n < million; n++) {
      this.enter();
      yield n;
    }
  }
}

/** @param {(watch: Watch) => Stream} build */
async function watched(build) {
  const watch = new Watch();
  await lastValueFrom(
    build(watch).pipe(
      tap(() => watch.leave()),
      ignoreElements(),
    ),
    { defaultValue: undefined },
  );
  return watch.figures();
}

/**
 * Ten thousand subscriptions that are left after their first value, in the middle of everything.
 * @param {() => Stream} build
 * @returns {Promise<Figures>}
 */
async function cycles(build) {
  const seen = [];
  for (let cycle = 1; cycle <= 10_000; cycle++) {
    await firstValueFrom(build());
    if (cycle % 2000 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(heap());
    }
  }
  return {
    count: 10_000,
    heap: seen,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
}

/** @returns {import('rxjs-background/node').ThreadPool<typeof import('../fixtures/chunk-tasks.mjs')>} */
function chunkPool() {
  return threads(new URL('../fixtures/chunk-tasks.mjs', import.meta.url), { maxThreads: 2 });
}

/** @param {(pool: ReturnType<typeof chunkPool>, watch: Watch) => Stream} build */
async function onThreads(build) {
  const pool = chunkPool();
  const figures = await watched((watch) => build(pool, watch));
  await pool.close();
  return figures;
}

/** @type {Record<string, () => Promise<Figures>>} */
const scenarios = {
  'asyncMap, asynchronous': () => watched((watch) => watch.source().pipe(asyncMap((n) => Promise.resolve(n)))),
  'asyncMap, synchronous': () => watched((watch) => watch.source().pipe(asyncMap((n) => n))),
  'prefetch and asyncMap, asynchronous': () =>
    watched((watch) =>
      watch.source().pipe(
        prefetch(8),
        asyncMap((n) => Promise.resolve(n)),
      ),
    ),
  'prefetch and asyncMap, synchronous': () =>
    watched((watch) =>
      watch.source().pipe(
        prefetch(8),
        asyncMap((n) => n),
      ),
    ),
  'asyncMap, many at once': () =>
    watched((watch) =>
      watch.source().pipe(
        prefetch(4),
        asyncMap((n) => Promise.resolve(n), { concurrency: 4 }),
      ),
    ),
  'asyncMap, unordered': () =>
    watched((watch) => watch.source().pipe(asyncMap((n) => Promise.resolve(n), { concurrency: 4, ordered: false }))),
  'a task in concatMap': () => {
    const { tasks } = inline({ work: (/** @type {number} */ n) => Promise.resolve(n) }, { capacity: 1 });
    return watched((watch) => watch.source().pipe(concatMap((n) => tasks.work(n))));
  },
  'holding in concatMap': () =>
    watched((watch) =>
      watch.source().pipe(
        prefetch(2),
        concatMap((n) => holding(Promise.resolve(n))),
      ),
    ),
  'share with a slow branch': () =>
    watched((watch) => {
      const shared = watch.source().pipe(share());
      return shared.pipe(asyncMap((n) => Promise.resolve(n)));
    }),
  'a loop': async () => {
    const watch = new Watch();
    for await (const value of toAsyncIterable(watch.source().pipe(prefetch(2))))
      if (value === watch.left) watch.leave();
    return watch.figures();
  },
  'pages at once': () =>
    watched((watch) =>
      fetchPages({
        start: 0,
        fetch: (n) => {
          watch.enter();
          return n;
        },
        next: (n) => (n + 1 < million ? n + 1 : undefined),
      }),
    ),
  'pages at once, behind everything': () =>
    watched((watch) =>
      of(0).pipe(
        expandFetch(
          (/** @type {number} */ n) => {
            watch.enter();
            return n;
          },
          (n) => (n + 1 < million ? n + 1 : undefined),
        ),
        prefetch(2),
        asyncMap((n) => n),
      ),
    ),
  'chains at once': () =>
    watched((watch) =>
      range(0, million).pipe(
        expandFetch(
          (/** @type {number} */ n) => {
            watch.enter();
            return n;
          },
          () => undefined,
        ),
      ),
    ),
  'rows of one page': () =>
    watched((watch) => {
      const rows = Array.from({ length: million }, (_, n) => n);
      return of(rows).pipe(
        flatten((page) => {
          watch.heap.push(heap());
          return page;
        }),
        tap(() => watch.enter()),
        asyncMap((n) => Promise.resolve(n)),
      );
    }),
  'rows of a million pages': () =>
    watched((watch) =>
      watch.source().pipe(
        map((n) => [n]),
        flatten(),
      ),
    ),
  'a fetch that answers at once': () =>
    watched((watch) =>
      repeatFetch(({ index }) => {
        if (index === million) return undefined;
        watch.enter();
        return index;
      }).pipe(
        prefetch('auto'),
        asyncMap((n) => n),
      ),
    ),
  'tiny tasks on threads': () => onThreads(({ tasks }, watch) => watch.source().pipe(backgroundMap(tasks.next))),
  'tiny tasks on threads, behind a prefetch, with objects': () =>
    onThreads(({ tasks }, watch) =>
      watch.source().pipe(
        prefetch(64),
        map((n) => ({ n })),
        backgroundMap(tasks.same, { ordered: false, timeoutMs: 60_000 }),
      ),
    ),
  'cycles on threads': async () => {
    const pool = chunkPool();
    const { tasks } = pool;
    const figures = await cycles(() => fromPull([1, 2, 3, 4]).pipe(backgroundMap(tasks.next)));
    await pool.close();
    return { ...figures, timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length };
  },
  'cycles of everything': () => {
    const { tasks } = inline({ work: (/** @type {number} */ n) => Promise.resolve(n) }, { capacity: 2 });
    const fetched = repeatFetch(({ index, signal }) => Promise.resolve(signal.aborted ? undefined : index));
    return cycles(() =>
      fetched.pipe(
        timeoutAsSentinel(50_000, { sentinel: -1 }),
        prefetch('auto'),
        asyncMap((n) => Promise.resolve(n), { concurrency: 2, timeoutMs: 50_000, retry: 1 }),
        backgroundMap(tasks.work),
        pace({ limit: 1, perMs: 50_000 }),
        collect(3, { maxWaitMs: 0 }),
        flatten(),
        onDemand(of(Infinity)),
      ),
    );
  },
  'cycles on a shared source': async () => {
    const push$ = new Subject();
    const source = push$.pipe(
      asyncMap((n) => n),
      share(),
    );
    const staying = source.subscribe();
    const { tasks } = inline({ work: (/** @type {unknown} */ n) => concat(NEVER, of(n)) }, { capacity: 1 });
    let n = 0;
    const figures = await cycles(() => {
      asyncScheduler.schedule(() => push$.next(n++));
      const leaving = [
        source.pipe(asyncMap(() => NEVER)),
        source.pipe(
          prefetch(1),
          asyncMap(() => NEVER),
        ),
        source.pipe(
          timeoutAsSentinel(50_000),
          asyncMap(() => NEVER),
        ),
        source.pipe(concatMap((value) => tasks.work(value))),
        source.pipe(concatMap(() => holding(NEVER))),
      ].map((stream) => stream.subscribe());
      return source.pipe(
        take(1),
        tap(() => {
          for (const subscription of leaving) subscription.unsubscribe();
        }),
      );
    });
    staying.unsubscribe();
    return figures;
  },
};

const scenario = scenarios[process.argv[2] ?? ''];
if (scenario === undefined) process.send?.(Object.keys(scenarios));
else process.send?.(await scenario());
