import { concatMap, merge, mergeMap, NEVER, of, share, switchMap, take, tap, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createValve } from '../../src/backpressure/create-valve.js';
import { holding } from '../../src/backpressure/holding.js';
import { TaskNotFoundError } from '../../src/errors.js';
import { inline } from '../../src/executors/inline.js';
import { bindingOf, bindTask } from '../../src/executors/task.js';
import { repeatFetch } from '../../src/sources/repeat-fetch.js';
import { HandExecutor } from './hand-executor.js';
import { marbles } from '../marbles.js';
import { failLater, later, pausable } from '../pressure.js';

describe('a task', () => {
  it(
    'runs when it is subscribed, once for each subscription',
    marbles(({ expectObservable, flush }) => {
      let calls = 0;
      const { tasks } = inline({ next: () => later(2, ++calls) });
      const call$ = tasks.next();
      expect(calls).toBe(0);

      expectObservable(call$).toBe('         --(a|)', { a: 1 });
      expectObservable(call$, '----^').toBe('------(a|)', { a: 2 });
      flush();
      expect(calls).toBe(2);
    }),
  );

  it(
    'emits each value of a result that streams',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const result = cold('                -x-y|');
      const { tasks } = inline({ run: (): Observable<string> => result });

      expectObservable(tasks.run()).toBe(' -x-y|');
      expectSubscriptions(result.subscriptions).toBe('^---!');
    }),
  );

  it(
    'fails with what its function throws, rejects or streams',
    marbles(({ expectObservable }) => {
      const { tasks } = inline({
        throws: () => {
          throw new RangeError('bad');
        },
        rejects: () => failLater(2, 'bad'),
        streams: () => throwError(() => 'bad'),
      });

      expectObservable(tasks.throws()).toBe('  #', undefined, new RangeError('bad'));
      expectObservable(tasks.rejects()).toBe(' --#', undefined, 'bad');
      expectObservable(tasks.streams()).toBe(' #', undefined, 'bad');
    }),
  );

  it(
    'stops when it is unsubscribed, waiting or running',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const result = cold('                         ---(x|)');
      const { tasks } = inline({ run: (): Observable<string> => result }, { capacity: 1 });

      expectObservable(tasks.run(), '--!').toBe('   ---');
      expectObservable(tasks.run(), '-!').toBe('    --');
      expectObservable(tasks.run()).toBe('          -----(x|)');
      expectSubscriptions(result.subscriptions).toBe(['^-!', '--^--!']);
    }),
  );

  it(
    'never surfaces what comes after it was unsubscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const late = cold('x');
      const { tasks } = inline({ run: () => later(4, late) });

      expectObservable(tasks.run(), '--!').toBe('---');
      expectSubscriptions(late.subscriptions).toBe([]);
    }),
  );

  it.each(['constructor', '__proto__', 'toString', 'missing'])('named %s is not found, when it runs', (name) => {
    const { tasks } = inline({ run: () => 1 });
    const call$ = (tasks as unknown as Record<string, () => Observable<unknown>>)[name]!();
    let failure: unknown;
    call$.subscribe({ error: (error: unknown) => (failure = error) });

    expect(failure).toBeInstanceOf(TaskNotFoundError);
    expect(failure).toMatchObject({ code: 'ERR_TASK_NOT_FOUND', name: 'TaskNotFoundError' });
  });

  it('is the same each time it is asked for; the tasks are no promise', async () => {
    const { tasks } = inline({ run: () => 1 });

    expect(tasks.run).toBe(tasks.run);
    expect('then' in tasks).toBe(false);
    expect(await Promise.resolve(tasks)).toBe(tasks);
  });

  it('knows where it runs', () => {
    const here = inline({ run: () => 1 });

    expect(bindingOf(here.tasks.run)).toEqual({ executor: here, task: 'run' });
    expect(bindingOf(() => 1)).toBeUndefined();
    expect(bindingOf({})).toBeUndefined();
    expect(bindingOf(undefined)).toBeUndefined();
  });

  it('has the name of its function, for messages', () => {
    const { tasks } = inline({ double: (n: number) => 2 * n });
    expect(tasks.double.name).toBe('double');
    expect(bindTask({ executor: inline(), task: function half() {} }).name).toBe('half');
  });

  it(
    'can be made of a function and an executor',
    marbles(({ expectObservable }) => {
      const double = bindTask<[number], number>({ executor: inline(), task: (n: number) => 2 * n });

      expectObservable(double(4)).toBe('(x|)', { x: 8 });
    }),
  );
});

describe('a task inside a delivery', () => {
  it(
    'holds the source while its executor has no free slot: concatMap, one slot',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const saving = cold('   ---(x|)');
      const saved = ['        -^--!', '     -----^--!', '         ---------^--!'];
      const expected = '      ----x---x---(x|)';
      //                       1 to bring each row, 3 to save it
      const { tasks } = inline({ save: (_row: string): Observable<string> => saving }, { capacity: 1 });

      expectObservable(pausable(1, ['a', 'b', 'c']).pipe(concatMap((row) => tasks.save(row)))).toBe(expected);
      expectSubscriptions(saving.subscriptions).toBe(saved);
    }),
  );

  it(
    'lets the source go on while there is a free slot: mergeMap, two slots',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const saving = cold('   ------(x|)');
      const saved = ['        -^-----!', '     --^-----!', '           --------^-----!', '     ---------^-----!'];
      const expected = '      -------xx-----x(x|)';
      const { tasks } = inline({ save: (_row: string): Observable<string> => saving }, { capacity: 2 });

      expectObservable(pausable(1, ['a', 'b', 'c', 'd']).pipe(mergeMap((row) => tasks.save(row)))).toBe(expected);
      expectSubscriptions(saving.subscriptions).toBe(saved);
    }),
  );

  it.each([
    ['leaves a slot free in concatMap, two slots, so that the source goes on', (saved$: Observable<string>) => saved$, 4],
    ['needs holding() around it there', (saved$: Observable<string>) => holding(saved$), 1],
  ])('%s', (_what, around, read) => {
    marbles(({ flush }) => {
      const { tasks } = inline({ save: () => later(10, 'x') }, { capacity: 2 });
      const seen: string[] = [];
      pausable(1, ['a', 'b', 'c', 'd'])
        .pipe(
          tap((row) => seen.push(row)),
          concatMap(() => around(tasks.save())),
          take(1),
        )
        .subscribe();
      flush();

      expect(seen).toHaveLength(read);
    })();
  });

  it(
    'holds while others use the executor, though it waits itself',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const other = cold('       -----(y|)');
      const saving = cold('           --(x|)');
      const saved = ['           -----^-!', '           --------^-!'];
      const expected = '         -------x--(x|)';
      const { tasks } = inline({ save: (saved$: Observable<string>): Observable<string> => saved$ }, { capacity: 1 });

      expectObservable(tasks.save(other)).toBe('-----(y|)');
      expectObservable(pausable(1, ['a', 'b']).pipe(concatMap(() => tasks.save(saving)))).toBe(expected);
      expectSubscriptions(saving.subscriptions).toBe(saved);
    }),
  );

  it(
    'holds nothing when it ends at once, or is not subscribed inside a delivery',
    marbles(({ cold, expectObservable }) => {
      const { tasks } = inline({ quick: (n: number) => n, slow: () => later(5, 'x') }, { capacity: 1 });

      expectObservable(
        repeatFetch(({ index }) => (index < 3 ? index : null)).pipe(concatMap((n) => tasks.quick(n))),
      ).toBe('(abc|)', { a: 0, b: 1, c: 2 });
      // A source without a valve goes its way.
      expectObservable(cold('-ab|').pipe(mergeMap(() => tasks.slow()))).toBe('------x----(x|)');
    }),
  );

  it.each([
    ['waits', () => NEVER],
    ['streams', () => merge(of('y'), NEVER)],
  ])('lets the source go when it is unsubscribed, while another call %s', (_what, busy) => {
    marbles(({ expectObservable }) => {
      const { tasks } = inline({ busy, wait: () => NEVER }, { capacity: 1 });
      tasks.busy().subscribe();
      const source$ = pausable(1, ['a', 'b', 'c']).pipe(share());

      expectObservable(source$.pipe(mergeMap(() => tasks.wait())), '---!').toBe('----');
      expectObservable(source$).toBe('-a--b(c|)');
    })();
  });

  it(
    'lets the source go when its stream is unsubscribed and the slot is taken by another at once',
    marbles(({ expectObservable }) => {
      const { tasks } = inline({ run: () => NEVER }, { capacity: 1 });
      const source$ = pausable(1, ['a', 'b', 'c']).pipe(share());

      expectObservable(source$.pipe(mergeMap(() => tasks.run())), '---!').toBe('----');
      // Comes to wait behind it, and gets its slot.
      expectObservable(tasks.run(), '--^').toBe('   --');
      expectObservable(source$).toBe('                   -a--b(c|)');
    }),
  );

  it(
    'lets the source go when its call fails',
    marbles(({ expectObservable }) => {
      const { tasks } = inline({ save: () => failLater(3, 'bad') }, { capacity: 1 });
      const source$ = pausable(1, ['a', 'b']).pipe(share());

      expectObservable(source$.pipe(mergeMap(() => tasks.save()))).toBe('----#', undefined, 'bad');
      expectObservable(source$).toBe('-a---(b|)');
    }),
  );

  it('looks again when it is told of room: there may be none', () => {
    const executor = new HandExecutor(0);
    const wait = bindTask<[], never>({ executor, task: 'wait' });
    const valve = createValve(() => undefined);
    const held: boolean[] = [];
    valve.next({ next: () => wait().subscribe(), error: () => undefined, complete: () => undefined }, undefined);
    for (const capacity of [0, 0, 1]) {
      held.push(valve.held);
      executor.resize(capacity);
    }
    held.push(valve.held);

    expect(held).toEqual([true, true, true, false]);
    expect(executor.listeners).toBe(0);
  });

  it('holds every source that is on its way, once for each call', () => {
    const valve = createValve(() => undefined);
    const { tasks } = inline({ wait: () => NEVER }, { capacity: 2 });
    const held: boolean[] = [];
    const calls = [1, 2, 3].map(() => {
      let subscription = NEVER.subscribe();
      valve.next(
        { next: () => (subscription = tasks.wait().subscribe()), error: () => undefined, complete: () => undefined },
        undefined,
      );
      held.push(valve.held);
      return subscription;
    });
    for (const call of calls) {
      call.unsubscribe();
      held.push(valve.held);
    }

    expect(held).toEqual([false, true, true, true, false, false]);
  });

  it(
    'is left by switchMap when the next value comes, and the slot is free again',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('    -a-b|');
      const result = cold('     ---(x|)');
      const expected = '       ------(x|)';
      const { tasks } = inline({ run: (): Observable<string> => result }, { capacity: 1 });

      expectObservable(source.pipe(switchMap(() => tasks.run()))).toBe(expected);
      expectSubscriptions(result.subscriptions).toBe(['-^-!', '---^--!']);
    }),
  );

  it(
    'keeps exactly one row in work with concatMap in a thousand rows',
    marbles(({ flush }) => {
      let inWork = 0;
      let most = 0;
      let read = 0;
      const { tasks } = inline({ save: (n: number) => later(n % 3, n) }, { capacity: 1 });
      const seen: number[] = [];
      repeatFetch(({ index }) => index)
        .pipe(
          tap((n) => {
            read = n + 1;
            most = Math.max(most, ++inWork);
          }),
          concatMap((n) => tasks.save(n)),
          tap(() => inWork--),
          take(1000),
        )
        .subscribe((n) => seen.push(n));
      flush();

      expect(most).toBe(1);
      expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => n));
      expect(read).toBe(1000);
    }),
  );
});
