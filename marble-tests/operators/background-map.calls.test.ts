import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { TaskNotFoundError, TaskTimeoutError } from '../../src/errors.js';
import { currentTask } from '../../src/worker/current-task.js';
import { marbles } from '../marbles.js';
import { HandExecutor } from '../executors/hand-executor.js';
import { failLater, later } from '../pressure.js';

function task(v: string): string {
  return v;
}

describe('backgroundMap and the calls it makes', () => {
  it('hands over the value, args, attempt, index, what to transfer and graceMs', () => {
    const executor = new HandExecutor(2);
    of('a', 'b')
      .pipe(
        backgroundMap((v: string, _width: number) => v, {
          executor,
          args: [320],
          graceMs: 7,
          transfer: (v) => [{ v }],
        }),
      )
      .subscribe();

    expect(executor.calls.map(({ call }) => call)).toEqual([
      {
        task: expect.any(Function) as unknown,
        args: ['a', 320],
        attempt: 1,
        index: 0,
        transfer: [{ v: 'a' }],
        graceMs: 7,
      },
      {
        task: expect.any(Function) as unknown,
        args: ['b', 320],
        attempt: 1,
        index: 1,
        transfer: [{ v: 'b' }],
        graceMs: 7,
      },
    ]);
  });

  it.each([{}, { timeoutMs: 5 }, { onError: 'skip' as const }, { key: (v: string) => v }])(
    'makes no call for a stream that is left inside args or transfer: %j',
    (options) => {
      const executor = new HandExecutor(2);
      for (const option of ['args', 'transfer']) {
        const source = new Subject<string>();
        const leaving = (): [] => {
          left.unsubscribe();
          return [];
        };
        const left = source.pipe(backgroundMap(task, { executor, ...options, [option]: leaving })).subscribe();
        source.next('a');
      }

      expect(executor.calls).toEqual([]);
    },
  );

  it(
    'makes args of the value and its index, for each attempt',
    marbles(({ cold, expectObservable }) => {
      const here = inline({
        run: (v: string, index: number, text: string) => {
          if (currentTask().attempt < 2) throw new Error('again');
          return `${v}${String(index)}${text}${String(currentTask().attempt)}`;
        },
      });
      const mapped$ = cold('-a-b|').pipe(
        backgroundMap(here.tasks.run, { args: (v, index) => [index, v.toUpperCase()], retry: 1 }),
      );

      expectObservable(mapped$).toBe('-a-b|', { a: 'a0A2', b: 'b1B2' });
    }),
  );

  it.each([{}, { timeoutMs: 5 }, { retry: 1 }])(
    'takes what args or transfer throw for the failure of the value: %j',
    (options) => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const here = inline({ run: (v: string, _n: number) => v });
        const source = cold('-a-b|');
        const thrown = (): never => {
          throw new Error('bad');
        };

        expectObservable(source.pipe(backgroundMap(here.tasks.run, { args: thrown, ...options }))).toBe(
          '-#',
          undefined,
          new Error('bad'),
        );
        expectObservable(
          source.pipe(backgroundMap(here.tasks.run, { args: thrown, onError: 'skip', ...options })),
        ).toBe('----|');
        expectSubscriptions(source.subscriptions).toBe(['^!', '^---!']);
        if ('retry' in options) return;
        expectObservable(
          cold('-a|').pipe(backgroundMap(here.tasks.run, { args: [1], transfer: thrown, ...options })),
        ).toBe('-#', undefined, new Error('bad'));
      })();
    },
  );

  it.each([{}, { timeoutMs: 5 }])('fails the value for which args() gives no array: %j', (options) => {
    marbles(({ cold, expectObservable }) => {
      const here = inline({ run: (v: string, _n: number) => v });
      const args = (): [number] => 5 as never;

      expectObservable(cold('-a|').pipe(backgroundMap(here.tasks.run, { args, ...options }))).toBe(
        '-#',
        undefined,
        new TypeError('backgroundMap: what args() gives must be an array, but it is 5'),
      );
    })();
  });

  it.each([{}, { timeoutMs: 5 }])('fails the value for which transfer() gives no array: %j', (options) => {
    marbles(({ cold, expectObservable }) => {
      const here = inline({ run: (v: string) => v });
      const transfer = (): object[] => new ArrayBuffer(8) as never;

      expectObservable(cold('-a|').pipe(backgroundMap(here.tasks.run, { transfer, ...options }))).toBe(
        '-#',
        undefined,
        new TypeError('backgroundMap: what transfer() gives must be an array, but it is an ArrayBuffer'),
      );
    })();
  });

  it(
    'calls a task that is not there for its error',
    marbles(({ cold, expectObservable }) => {
      const { tasks } = inline({ run: (v: string) => v });
      const missing = (tasks as unknown as { constructor: typeof tasks.run }).constructor;

      expectObservable(cold('-a|').pipe(backgroundMap(missing))).toBe('-#', undefined, expect.any(TaskNotFoundError));
    }),
  );

  it(
    'names the task in what a timeout says',
    marbles(({ cold, expectObservable }) => {
      const here = inline({ run: (_v: string) => later(9, 'x') });
      const told = (name: string): unknown =>
        expect.objectContaining({ message: expect.stringContaining(`${name} did not finish the value at index 0`) as unknown });

      expectObservable(cold('a|').pipe(backgroundMap(here.tasks.run, { timeoutMs: 1 }))).toBe(
        '-#',
        undefined,
        told("backgroundMap(task 'run')"),
      );
      expectObservable(cold('a|').pipe(backgroundMap(here.tasks.run, { timeoutMs: 1, name: 'parse' }))).toBe(
        '-#',
        undefined,
        told('parse'),
      );
      expectObservable(
        cold('a|').pipe(backgroundMap((_v: string) => later(9, 'x'), { timeoutMs: 1, executor: inline() })),
      ).toBe('-#', undefined, told('backgroundMap(the function)'));
    }),
  );

  it(
    'gives attempts one after another: 1, 2, 3',
    marbles(({ cold, expectObservable }) => {
      const here = inline({ run: (_v: string) => failLater(1, currentTask().attempt) });
      const onError = (error: unknown): unknown[] => [error];

      expectObservable(cold('a|').pipe(backgroundMap(here.tasks.run, { retry: 2, onError }))).toBe('---(x|)', { x: 3 });
    }),
  );

  it('counts a timeout from the start of the attempt, wherever it waited', () => {
    marbles(({ flush, cold }) => {
      const executor = new HandExecutor(1);
      const seen: unknown[] = [];
      of('a')
        .pipe(backgroundMap(task, { executor, timeoutMs: 5 }))
        .subscribe({ error: (error: unknown) => seen.push(error) });
      cold('20ms s').subscribe(() => executor.calls[0]!.listener.started?.());
      cold('24ms c').subscribe(() => seen.push('24 ms'));
      flush();

      expect(seen).toEqual(['24 ms', expect.any(TaskTimeoutError)]);
      expect(executor.calls[0]!.cancelled).toBe(1);
    })();
  });

  it(
    'has stopped a late attempt when onError is asked what to do, which may need its slot',
    marbles(({ cold, expectObservable }) => {
      const here = inline({ run: (_v: string) => later(9, 'x') }, { capacity: 1 });
      const onError = (): unknown[] => [here.free];

      expectObservable(cold('a|').pipe(backgroundMap(here.tasks.run, { timeoutMs: 2, onError }))).toBe('--(x|)', {
        x: 1,
      });
    }),
  );

  it(
    'has stopped a late attempt when its error is told',
    marbles(({ cold, flush }) => {
      const here = inline({ run: (_v: string) => later(9, 'x') }, { capacity: 1 });
      const free: number[] = [];
      cold('a|')
        .pipe(backgroundMap(here.tasks.run, { timeoutMs: 2 }))
        .subscribe({ error: () => free.push(here.free) });
      flush();

      expect(free).toEqual([1]);
    }),
  );
});
