import { of, Subject, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CallListener } from '../../src/executors/executor.js';
import { inline } from '../../src/executors/inline.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { marbles } from '../marbles.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { later, pausable } from '../pressure.js';

function task(v: string): string {
  return v;
}

describe('backgroundMap and what an executor tells', () => {
  it.each([{}, { timeoutMs: 5 }, { retry: 1 }, { onError: 'settle' as const }])(
    'ignores what comes after the end of a call: %j',
    (options) => {
      marbles(({ flush }) => {
        const executor = new HandExecutor(2);
        const seen: unknown[] = [];
        const feed = new Subject<string>();
        feed.pipe(backgroundMap(task, { executor, ...(options as object) })).subscribe((v) => seen.push(v));
        feed.next('a');
        feed.next('b');
        const { listener } = executor.calls[0]!;
        listener.started?.();
        listener.result('A');
        listener.result('again');
        listener.failed('again');
        listener.stream(of('again'));
        flush();

        expect(seen).toEqual('onError' in options ? [{ status: 'fulfilled', value: 'A', input: 'a' }] : ['A']);
        expect(executor.calls[0]!.cancelled).toBe(0);
      })();
    },
  );

  it.each<[how: string, end: (listener: CallListener) => void]>([
    ['a result', (listener) => listener.result('A')],
    ['a failure', (listener) => listener.failed('bad')],
    ['a stream that ends', (listener) => listener.stream(of('A'))],
    ['a stream that fails', (listener) => listener.stream(throwError(() => 'bad'))],
  ])('cancels no call that has ended: %s', (_how, end) => {
    for (const options of [{ ordered: false }, { timeoutMs: 5 }, { onError: 'skip' as const }]) {
      const executor = new HandExecutor(2);
      const subscription = of('a', 'b')
        .pipe(backgroundMap(task, { executor, ...(options as object) }))
        .subscribe({ error: () => undefined });
      end(executor.calls[0]!.listener);
      subscription.unsubscribe();

      expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([0, 1]);
    }
  });

  it.each([{}, { timeoutMs: 5 }, { retry: 1 }])(
    'ignores what comes after a cancel, and cancels once: %j',
    (options) => {
      const executor = new HandExecutor(3);
      const seen: unknown[] = [];
      const subscription = of('a', 'b', 'c')
        .pipe(backgroundMap(task, { executor, ...options }))
        .subscribe({
          next: (v) => seen.push(v),
          error: (error: unknown) => seen.push(error),
          complete: () => seen.push('complete'),
        });
      subscription.unsubscribe();
      subscription.unsubscribe();
      const [first, second, third] = executor.calls;
      first!.listener.result('A');
      second!.listener.failed('bad');
      third!.listener.stream(
        of('x').pipe(
          tap({
            subscribe: () => seen.push('subscribed'),
          }),
        ),
      );

      expect(seen).toEqual([]);
      expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([1, 1, 1]);
    },
  );

  it('cancels what it started after a failure, and nothing before it', () => {
    const executor = new HandExecutor(4);
    of('a', 'b', 'c', 'd')
      .pipe(backgroundMap(task, { executor }))
      .subscribe({ error: () => undefined });
    executor.calls[1]!.listener.failed('bad');

    expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([0, 0, 1, 1]);
    executor.calls[0]!.listener.result('A');
    expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([0, 0, 1, 1]);
  });

  it('cancels everything after a failure with ordered: false, once, though it is left afterwards', () => {
    const executor = new HandExecutor(3);
    of('a', 'b', 'c')
      .pipe(backgroundMap(task, { executor, ordered: false }))
      .subscribe({ error: () => undefined });
    executor.calls[1]!.listener.failed('bad');

    expect(executor.calls.map(({ cancelled }) => cancelled)).toEqual([1, 0, 1]);
  });

  it('cancels a call that is unsubscribed while the executor takes it', () => {
    const stop = new Subject<void>();
    let cancelled = 0;
    const executor = new HandExecutor(1);
    executor.execute = (_call, listener) => {
      listener.started?.();
      stop.next();
      return () => {
        cancelled++;
      };
    };
    const seen: unknown[] = [];
    const feed = new Subject<string>();
    const subscription = feed.pipe(backgroundMap(task, { executor })).subscribe((v) => seen.push(v));
    stop.subscribe(() => subscription.unsubscribe());
    feed.next('a');

    expect(cancelled).toBe(1);
    expect(seen).toEqual([]);
  });

  it(
    'takes it for the failure of the value when the executor throws',
    marbles(({ cold, expectObservable }) => {
      const executor = new HandExecutor(1);
      executor.execute = () => {
        throw new Error('broken');
      };

      expectObservable(cold('-a|').pipe(backgroundMap(task, { executor, onError: 'skip' }))).toBe('--|');
      expectObservable(cold('-a|').pipe(backgroundMap(task, { executor }))).toBe('-#', undefined, new Error('broken'));
    }),
  );

  it(
    'starts no waiting call of a shared executor that it is about to cancel',
    marbles(({ cold, expectObservable, flush }) => {
      const started: string[] = [];
      const here = inline(
        {
          run: (v: string) => {
            started.push(v);
            return later(9, v);
          },
        },
        { capacity: 1 },
      );

      expectObservable(cold('(abc)').pipe(backgroundMap(here.tasks.run, { concurrency: 3 })), '---!').toBe('----');
      flush();
      expect(started).toEqual(['a']);
    }),
  );

  it(
    'holds a pausable source while the executor is full',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work = cold('   ----(x|)');
      const tasks = ['      -^---!', '     --^---!', '      ------^---!'];
      const expected = '    -----xx---(x|)';
      const here = inline({ run: (_v: string): Observable<string> => work }, { capacity: 2 });

      expectObservable(pausable(1, ['a', 'b', 'c']).pipe(backgroundMap(here.tasks.run))).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(tasks);
    }),
  );
});
