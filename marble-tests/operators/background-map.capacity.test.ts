import { of, Subject, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { autoConcurrency } from '../../src/operators/auto-concurrency.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { marbles } from '../marbles.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { later } from '../pressure.js';

function task(v: string): string {
  return v;
}

describe('backgroundMap and the capacity of its executor', () => {
  it(
    'runs as many at once as the executor does',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -abcd|');
      const work = cold('   -----(x|)');
      const tasks = ['     -^----!', '     --^----!', '      ------^----!', '  -------^----!'];
      const expected = '   ------xx---x(x|)';
      const here = inline({ run: (_v: string): Observable<string> => work }, { capacity: 2 });

      expectObservable(source.pipe(backgroundMap(here.tasks.run))).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(tasks);
    }),
  );

  it(
    'runs one at a time over inline() without capacity, however many that would run',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot(' -ab|');
      const work = cold('   ---(x|)');
      const here = inline({ run: (_v: string): Observable<string> => work });

      expectObservable(source.pipe(backgroundMap(here.tasks.run))).toBe('----x--(x|)');
      expectObservable(source.pipe(backgroundMap(here.tasks.run, { concurrency: 2 }))).toBe('----x(x|)');
      expectSubscriptions(work.subscriptions).toBe(['-^--!', '-^--!', '--^--!', '----^--!']);
    }),
  );

  it(
    'lets wait what its own concurrency allows beyond, and counts a timeout from the start',
    marbles(({ hot, expectObservable }) => {
      const source = hot(' -(abc)|');
      const here = inline({ run: (v: string) => later(3, v) }, { capacity: 1 });
      const expected = '   ----a--b--(c|)';

      expectObservable(source.pipe(backgroundMap(here.tasks.run, { concurrency: 3, timeoutMs: 4 }))).toBe(expected);
    }),
  );

  it(
    'shares the executor with others',
    marbles(({ hot, expectObservable }) => {
      const here = inline({ run: (v: string) => later(3, v) }, { capacity: 1 });

      expectObservable(hot('-ab|').pipe(backgroundMap(here.tasks.run))).toBe('----a-----(b|)');
      expectObservable(hot('-xy|').pipe(backgroundMap(here.tasks.run))).toBe('-------x-----(y|)');
    }),
  );

  it('starts more when the capacity grows, at once, for values that wait and for a source that it holds', () => {
    const executor = new HandExecutor(1);
    const feed = new Subject<string>();
    feed.pipe(backgroundMap(task, { executor })).subscribe();
    for (const v of ['a', 'b', 'c', 'd']) feed.next(v);
    expect(executor.calls).toHaveLength(1);
    executor.resize(3);
    expect(executor.calls.map(({ call }) => call.args)).toEqual([['a'], ['b'], ['c']]);
    executor.resize(1);
    executor.calls[0]!.listener.result('A');

    expect(executor.calls).toHaveLength(3);
    executor.calls[1]!.listener.result('B');
    executor.calls[2]!.listener.result('C');
    expect(executor.calls.map(({ call }) => call.args)).toEqual([['a'], ['b'], ['c'], ['d']]);
  });

  it(
    'waits for a capacity of 0 to grow, and loses nothing of a source that has ended',
    marbles(({ cold, flush }) => {
      const executor = new HandExecutor(0);
      const seen: unknown[] = [];
      cold('-ab|')
        .pipe(backgroundMap(task, { executor }))
        .subscribe({ next: (v) => seen.push(v), complete: () => seen.push('complete') });
      flush();
      expect(executor.calls).toHaveLength(0);
      expect(seen).toEqual([]);
      executor.resize(1);
      executor.calls[0]!.listener.result('A');
      executor.calls[1]!.listener.result('B');

      expect(seen).toEqual(['A', 'B', 'complete']);
    }),
  );

  it(
    'waits for a capacity of 0 with the error of the source, too',
    marbles(({ cold, flush }) => {
      const executor = new HandExecutor(0);
      const seen: unknown[] = [];
      cold('-a#')
        .pipe(backgroundMap(task, { executor }))
        .subscribe({ next: (v) => seen.push(v), error: (error: unknown) => seen.push(error) });
      flush();
      executor.resize(1);
      executor.calls[0]!.listener.result('A');

      expect(seen).toEqual(['A', 'error']);
    }),
  );

  it.each(['complete', 'error', 'unsubscribe', 'failure'])('listens for room no longer after: %s', (how) => {
    const executor = new HandExecutor(1);
    const feed = new Subject<string>();
    const concurrency = autoConcurrency();
    const mapped$ = feed.pipe(backgroundMap(task, { executor, concurrency }));
    const subscription = mapped$.subscribe({ error: () => undefined });
    feed.next('a');
    expect(executor.listeners).toBe(1);
    if (how === 'unsubscribe') subscription.unsubscribe();
    else if (how === 'failure') executor.calls[0]!.listener.failed('bad');
    else {
      executor.calls[0]!.listener.result('A');
      if (how === 'complete') feed.complete();
      else feed.error('bad');
    }

    expect(executor.listeners).toBe(0);
    executor.resize(5);
    // The dial is free for others, too.
    of('b').pipe(backgroundMap(task, { concurrency, executor })).subscribe();
    expect(executor.calls).toHaveLength(2);
  });
});
