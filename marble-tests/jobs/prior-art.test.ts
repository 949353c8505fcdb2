// What the five Python projects before this one claim and test, and what was wrong there: in virtual time, to the
// millisecond. What needs threads or processes is in integration-tests/jobs/prior-art.test.ts.
import { asyncScheduler, concatMap, delay, ignoreElements, lastValueFrom, map, of, Subject, takeUntil, tap, timer, toArray, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ExecutorClosedError } from '../../src/errors.js';
import {
  asyncMap,
  backgroundMap,
  expandFetch,
  fromPull,
  inline,
  isTimeout,
  prefetch,
  repeatFetch,
  TIMEOUT,
  timeoutAsSentinel,
  toAsyncIterable,
} from '../../src/index.js';
import { background, DeadlockError, JobRunner, runJob, start, type Job } from '../../src/jobs/index.js';
import { currentTask } from '../../src/worker/current-task.js';
import { marbles } from '../marbles.js';
import { after, slowly } from '../probes.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

/** Fetches 1 … `count`, each for `ms`, and then says that there are no more. */
function fetched(count: number, ms: number): Observable<number> {
  return repeatFetch(({ index }) => (index < count ? after(ms, index + 1) : undefined));
}

/** What a stream in virtual time brings, once it has ended as `expected` says. */
function collected<T>(stream$: Observable<T>, expected: string): T[] {
  const seen: T[] = [];
  marbles(({ expectObservable }) => {
    expectObservable(stream$.pipe(tap((value) => seen.push(value)), ignoreElements())).toBe(expected);
  })();
  return seen;
}

describe('1. Backgrounder', () => {
  it('ten items, fetched for 1 s and processed for 1 s each, take 20 s in turn and exactly 11 s with one fetched ahead', () => {
    expect(collected(fetched(10, 1000).pipe(slowly(1000)), '20s |')).toEqual(numbers(10));
    expect(collected(fetched(10, 1000).pipe(prefetch(1), slowly(1000)), '11s |')).toEqual(numbers(10));
  });

  it('fetches and processes 1 to 20 in the order of a plain loop', () => {
    const plain = numbers(20).map((n) => n * n);
    const squared = fetched(20, 10).pipe(prefetch(5), asyncMap((n) => after(10, n * n)));
    expect(collected(squared, '210ms |')).toEqual(plain);
  });

  it('fetches with several at once: the same set, and here in the same order', () => {
    const ms = (n: number): number => 10 + ((n * 7) % 5);
    const fetching = fromPull(numbers(20)).pipe(asyncMap((n) => after(ms(n), n), { concurrency: 5, ordered: false }));
    const unordered = collected(fetching.pipe(prefetch(10), slowly(1)), '51ms |');
    expect(unordered).not.toEqual(numbers(20));
    expect(new Set(unordered)).toEqual(new Set(numbers(20)));
    const inOrder = fromPull(numbers(20)).pipe(asyncMap((n) => after(ms(n), n), { concurrency: 5 }), prefetch(10), slowly(1));
    expect(collected(inOrder, '53ms |')).toEqual(numbers(20));
  });

  it('pulls from a closure over (start 1, offset 10, max 100): ten chunks, then the sentinel', () => {
    const makeFetch = ({ first, offset, max }: { first: number; offset: number; max: number }): (() => number[] | null) => {
      let from = first;
      return () => {
        if (from >= max) return null;
        const to = Math.min(from - (from % offset) + offset, max);
        const chunk = numbers(to - from).map((n) => n - 1 + from);
        from = to;
        return chunk;
      };
    };
    const chunks = collected(of({ first: 1, offset: 10, max: 100 }).pipe(expandFetch(makeFetch), prefetch(5)), '|');
    expect(chunks).toHaveLength(10);
    expect(chunks[0]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let n = 1; n < 10; n++) expect(chunks[n]).toEqual(numbers(10).map((m) => 10 * n + m - 1));
  });

  it('carries each result into the next call’s input', () => {
    const pages = of(1).pipe(expandFetch((from: number) => after(10, from + 1), (result) => (result < 5 ? result : undefined)));
    expect(collected(pages.pipe(prefetch(1)), '40ms |')).toEqual([2, 3, 4, 5]);
  });

  it('takes a generator for a source', () => {
    const source = function* (): Generator<number> {
      for (let n = 1; n <= 20; n++) yield n;
    };
    expect(collected(fromPull(source).pipe(prefetch(5), slowly(10)), '200ms |')).toEqual(numbers(20));
  });

  it('nests: fetching feeds processing, which feeds saving, in order', () => {
    const stages = fetched(20, 10).pipe(prefetch(1), asyncMap((n) => after(10, n * n)), prefetch(1), asyncMap((n) => after(10, -n)));
    expect(collected(stages, '220ms |')).toEqual(numbers(20).map((n) => -n * n));
  });

  it('gives one at a time, and says when there is no more', async () => {
    const iterator = toAsyncIterable(fromPull(numbers(2)).pipe(prefetch(1)))[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(await iterator.next()).toEqual({ done: false, value: 2 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  describe('wrong there', () => {
    it('0, false and the empty string end the source: here they are values', () => {
      const values = [0, false, '', null];
      const all = repeatFetch(({ index }) => values[index]);
      expect(collected(all.pipe(prefetch(1)), '|')).toEqual([0, false, '']);
    });

    it.each([1, 3, 5])('the limit of the queue is none: here never more than %i are ready', (limit) => {
      let brought = 0;
      let taken = 0;
      let most = 0;
      const source = fetched(20, 1).pipe(tap(() => brought++));
      const consumed = source.pipe(
        prefetch(limit),
        tap(() => {
          taken++;
          most = Math.max(most, brought - taken);
        }),
        slowly(10),
        tap(() => (most = Math.max(most, brought - taken))),
      );
      collected(consumed, '201ms |');
      expect(most).toBe(limit);
    });

    it('a fetch that throws is lost, and the queue looks alive: here its error comes, after the values before it', () => {
      const failing = repeatFetch(({ index }) => {
        if (index === 2) throw new RangeError('third fetch');
        return after(1, index);
      });
      const timed: unknown[] = [];
      marbles(({ flush }) => {
        failing.pipe(prefetch(5), slowly(5)).subscribe({ next: (n) => timed.push(n), error: (error: unknown) => timed.push(error) });
        flush();
      })();
      expect(timed).toEqual([0, 1, new RangeError('third fetch')]);
    });

    it('it sleeps and polls: here nothing happens between a result and what follows from it', () => {
      const times: [string, number][] = [];
      marbles(({ flush }) => {
        const began = asyncScheduler.now();
        fetched(3, 5)
          .pipe(
            tap((n) => times.push([`fetched ${String(n)}`, asyncScheduler.now() - began])),
            prefetch(1),
            asyncMap((n) => after(7, n).pipe(tap(() => times.push([`processed ${String(n)}`, asyncScheduler.now() - began])))),
          )
          .subscribe();
        flush();
      })();
      expect(times).toEqual([
        ['fetched 1', 5],
        ['fetched 2', 10],
        ['processed 1', 12],
        ['fetched 3', 17],
        ['processed 2', 19],
        ['processed 3', 26],
      ]);
    });
  });
});

describe('2. background', () => {
  /** A function that takes 10 s, on a pool of so many. */
  const pool = (capacity: number): { slow: (n: number) => Job<number> } => {
    const here = inline({ slow: (n: number) => timer(10_000).pipe(map(() => n)) }, { capacity });
    return { slow: (n) => start(here.tasks.slow, n) };
  };

  it('ten calls of 10 s give their futures at once and all results after 10 s, in the order of the calls', marbles(({ expectObservable }) => {
    const { slow } = pool(10);
    const jobs = numbers(10).map((n) => slow(n));
    const results$ = of(...jobs).pipe(concatMap((job) => job.result$), toArray());

    expectObservable(results$).toBe('10s (a|)', { a: numbers(10) });
  }));

  it('a hundred calls of 10 s with n = 40 take three waves', marbles(({ expectObservable }) => {
    const { slow } = pool(40);
    const waves = new Map<number, number>();
    for (const n of numbers(100)) {
      slow(n).result$.subscribe(() => waves.set(asyncScheduler.now(), (waves.get(asyncScheduler.now()) ?? 0) + 1));
    }
    expectObservable(timer(30_001).pipe(map(() => [...waves].map(([at, count]) => [at, count])))).toBe('30001ms (a|)', {
      a: [[10_000, 40], [20_000, 40], [30_000, 20]],
    });
  }));

  it('callbacks get the future: its state, its result, its error', async () => {
    const here = inline({ double: (n: number) => 2 * n, fail: () => Promise.reject(new Error('failed')) });
    const seen: unknown[] = [];
    const done = start(here.tasks.double, 4);
    await done.then((value) => seen.push([done.state, value]));
    const failed = start(here.tasks.fail);
    await failed.catch((error: unknown) => seen.push([failed.state, error]));
    expect(seen).toEqual([['done', 8], ['failed', new Error('failed')]]);
  });

  describe('wrong there', () => {
    it('the arguments of a call get lost: here all arrive, as they were', async () => {
      const echo = background((...args: unknown[]) => args, { executor: inline() });
      expect(await echo.start(1, 'two', undefined, { three: 3 }, [4])).toEqual([1, 'two', undefined, { three: 3 }, [4]]);
      expect(await Promise.all(numbers(5).map((n) => echo.start(n, -n)))).toEqual(numbers(5).map((n) => [n, -n]));
      expect(await echo.start()).toEqual([]);
    });

    it('a task that awaits a task in a full pool hangs: here it is told why', async () => {
      const full = inline(
        {
          outer: async (): Promise<unknown> => await start(full.tasks.inner),
          inner: () => 'inner',
        },
        { capacity: 1 },
      );
      await expect(start(full.tasks.outer)).rejects.toBeInstanceOf(DeadlockError);
    });

    it('nothing can be cancelled or timed out: here both stop the task', () => {
      const stopped: number[] = [];
      const here = inline({ slow: (n: number) => timer(1e6).pipe(takeUntil(stops(() => stopped.push(n)))) });
      const job = start(here.tasks.slow, 1);
      job.cancel();
      marbles(({ expectObservable }) => {
        const late = of(2).pipe(backgroundMap(here.tasks.slow, { timeoutMs: 5, timeoutValue: TIMEOUT }));
        expectObservable(late).toBe('-----(T|)', { T: TIMEOUT });
      })();
      expect(stopped).toEqual([1, 2]);
    });
  });
});

/** Tells when the task that runs is stopped. */
function stops(tell: () => void): Subject<never> {
  currentTask().signal.addEventListener('abort', tell);
  return new Subject<never>();
}

describe('3. PyBackground, the scheduler', () => {
  it('start gives a job with a number, which is the latest, and by which the runner knows it', async () => {
    const runner = new JobRunner({ executor: inline() });
    const job = runner.start((a: number, b: number) => a * b, [6, 7]);
    expect(runner.latestId).toBe(job.id);
    expect(runner.jobs.get(job.id)).toBe(job);
    expect(await runner.jobs.get(job.id)).toBe(42);
  });

  it('the blocking kind is over when start returns', () => {
    const runner = new JobRunner({ executor: inline() });
    expect(runner.start(() => 1).state).toBe('done');
  });

  it('endless loops end when they read stopped, with their results', marbles(({ expectObservable }) => {
    const poll = (): Observable<number> =>
      timer(0, 10).pipe(takeUntil(untilStopped()));
    const here = inline({ poll });
    const runner = new JobRunner();
    const job = runner.start(here.tasks.poll);
    timer(35).subscribe(() => void runner.shutdown());

    // The last it counted, at its next look after the stop.
    expectObservable(job.result$).toBe('40ms (a|)', { a: 4 });
  }));

  describe('wrong there', () => {
    it('a second shutdown, or one before any start, crashes', async () => {
      const runner = new JobRunner();
      await runner.shutdown();
      await runner.shutdown();
      expect(runner.stopped).toBe(true);
    });

    it('a refused start leaves its marks', () => {
      const runner = new JobRunner({ executor: inline() });
      void runner.shutdown();
      expect(() => runner.start(() => 1)).toThrow(ExecutorClosedError);
      expect([runner.latestId, runner.jobs.size]).toEqual([undefined, 0]);
    });

    it('a running task that starts another during shutdown hangs: here that start is refused, and the task goes on', async () => {
      const runner = new JobRunner({ executor: inline() });
      let open: () => void = () => undefined;
      const job = runner.start(async () => {
        await new Promise<void>((resolve) => {
          open = resolve;
        });
        try {
          runner.start(() => 1);
        } catch (error) {
          return error;
        }
        return undefined;
      });
      const shutdown = runner.shutdown();
      open();
      await shutdown;
      expect(await job).toBeInstanceOf(ExecutorClosedError);
    });

    it('endless loops on every worker starve the rest without a word', () => {
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      marbles(({ flush }) => {
        const here = inline({ endless: () => timer(0, 10).pipe(ignoreElements(), takeUntil(timer(60_000))) });
        const runner = new JobRunner({ maxWorkers: 2 });
        for (const _ of numbers(3)) runner.start(here.tasks.endless);
        timer(20_000).subscribe(() => void runner.shutdown({ wait: false }));
        flush();
      })();
      expect(warn).toHaveBeenCalledTimes(1);
      warn.mockRestore();
    });

    it('its maps keep every job for ever', () => {
      const runner = new JobRunner({ executor: inline(), keepCount: 10 });
      for (const n of numbers(1000)) runner.start((x: number) => x, [n]);
      expect(runner.jobs.size).toBe(10);
    });
  });
});

/** Emits at the first look, each 10 ms, that finds the task asked to stop. */
function untilStopped(): Observable<unknown> {
  const task = currentTask();
  return timer(0, 10).pipe(concatMap(() => (task.stopped ? [true] : [])), delay(0));
}

describe('4. spychronous', () => {
  const here = inline({ plusTwo: (n: number) => n + 2, oneOver: (n: number) => (n === 3 ? Promise.reject(new RangeError('division by zero')) : n) });

  it('+2 over [1, 2, 3] gives [3, 4, 5], on this thread', async () => {
    expect(await runJob({ task: here.tasks.plusTwo, items: [1, 2, 3] })).toEqual([3, 4, 5]);
  });

  it('a division by zero propagates, and no output is assigned', async () => {
    let output: number[] | undefined;
    const assign = async (): Promise<void> => {
      output = await runJob({ task: here.tasks.oneOver, items: [1, 2, 3] });
    };
    await expect(assign()).rejects.toThrow('division by zero');
    expect(output).toBeUndefined();
  });

  it('with suppression and a failure on 3 it gives [1, 2, None]', async () => {
    expect(await runJob({ task: here.tasks.oneOver, items: [1, 2, 3], onError: () => [null] })).toEqual([1, 2, null]);
  });

  describe('wrong there', () => {
    it('None is both a failure and a value: here records tell them apart', async () => {
      const odd = inline({ odd: (n: number) => (n === 1 ? null : Promise.reject(new Error('e'))) });
      const records = await runJob({ task: odd.tasks.odd, items: [1, 2], onError: 'settle' });
      expect(records).toEqual([
        { status: 'fulfilled', value: null, input: 1 },
        { status: 'rejected', reason: new Error('e'), input: 2 },
      ]);
    });

    it('the timeout includes queueing: here it begins with the item', async () => {
      const one = inline({ slow: (n: number) => lastValueFrom(timer(20).pipe(map(() => n))) }, { capacity: 1 });
      // The last of them waits for longer than any may take.
      expect(await runJob({ task: one.tasks.slow, items: numbers(6), concurrency: 6, timeoutMs: 60 })).toEqual(numbers(6));
    });
  });
});

describe('5. PyBackground, futures', () => {
  const after5s = inline({ after5s: (text: string) => timer(5000).pipe(map(() => text)), fails: () => timer(1000).pipe(map(() => nothing())) });
  function nothing(): never {
    throw new RangeError('no result');
  }

  it('three calls of 5 s print "3 2 1" after 5 s', marbles(({ expectObservable }) => {
    const [one, two, three] = ['1', '2', '3'].map((text) => start(after5s.tasks.after5s, text));
    const printed$ = of(three!, two!, one!).pipe(concatMap((job) => job.result$), toArray(), map((texts) => texts.join(' ')));

    expectObservable(printed$).toBe('5s (a|)', { a: '3 2 1' });
  }));

  it('a call of 5 s with a timeout of 1 is TIMEOUT, one with 6 is its result, both after 5 s', marbles(({ expectObservable }) => {
    const call = (ms: number): Observable<unknown> => after5s.tasks.after5s('foobar2').pipe(timeoutAsSentinel(ms));

    expectObservable(call(1000).pipe(map((value) => isTimeout(value)))).toBe('1s (a|)', { a: true });
    expectObservable(call(6000)).toBe('5s (a|)', { a: 'foobar2' });
  }));

  it('functions and methods, bound to what they belong to, run in the background', async () => {
    const counter = {
      base: 10,
      add(n: number): number {
        return this.base + n;
      },
    };
    expect(await background((n: number) => counter.add(n), { executor: inline() }).start(5)).toBe(15);
  });

  describe('wrong there', () => {
    it('a task that is late runs on: here it is stopped', () => {
      const stopped: string[] = [];
      const here = inline({ endless: () => timer(0, 10).pipe(ignoreElements(), takeUntil(stops(() => stopped.push('stopped')))) });
      marbles(({ expectObservable }) => {
        expectObservable(here.tasks.endless().pipe(timeoutAsSentinel(1000))).toBe('1s (T|)', { T: TIMEOUT });
      })();
      expect(stopped).toEqual(['stopped']);
    });

    it('errors are lost, or look like a timeout: here they are errors', marbles(({ expectObservable }) => {
      const call = after5s.tasks.fails().pipe(timeoutAsSentinel(6000));

      expectObservable(call).toBe('1s #', undefined, new RangeError('no result'));
      expectObservable(start(after5s.tasks.fails).result$).toBe('1s #', undefined, new RangeError('no result'));
    }));

    it('futures that wait for each other hang: here one is told the circle', async () => {
      const here = inline({
        a: async (): Promise<unknown> => {
          await Promise.resolve();
          return b;
        },
        b: async (): Promise<unknown> => {
          await Promise.resolve();
          return a;
        },
      });
      const a: Job<unknown> = start(here.tasks.a);
      const b: Job<unknown> = start(here.tasks.b);
      const error: unknown = await a.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DeadlockError);
      expect((error as DeadlockError).circle).toEqual([`job ${String(b.id)} (b)`, `job ${String(a.id)} (a)`, `job ${String(b.id)} (b)`]);
      await expect(b).rejects.toBe(error);
    });
  });
});
