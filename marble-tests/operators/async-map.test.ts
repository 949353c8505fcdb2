import { catchError, EMPTY, Observable, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import { asyncMap } from '../../src/operators/async-map.js';
import { marbles } from '../marbles.js';
import { failLater, later } from '../pressure.js';
import { bothMaps } from './both-maps.js';

describe.each(bothMaps)('%s', (_name, map) => {
  it(
    'runs one call at a time and emits its result; the next value waits',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a-b-c---|');
      const task = cold('   ---(x|)');
      const tasks = ['     -^--!', '     ----^--!', '     -------^--!'];
      const expected = '   ----x--x--(x|)';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--------!');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'emits what a promise brings',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a----b---|');
      const expected = '   ---A----B-|';

      expectObservable(source.pipe(map((v: string) => later(2, v.toUpperCase())))).toBe(expected);
    }),
  );

  it(
    'emits plain values at once',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-(cd|)');
      const expected = '   -A-B-(CD|)';

      expectObservable(source.pipe(map((v: string) => v.toUpperCase()))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    }),
  );

  it(
    'completes with an empty source, and calls nothing',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const task = cold('x');
      const source = cold('--|');

      expectObservable(source.pipe(map(() => task))).toBe('--|');
      expectObservable(EMPTY.pipe(map(() => task))).toBe('|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(task.subscriptions).toBe([]);
    }),
  );

  it(
    'never ends with a source that never does',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('---');
      const unsubscribe = '-----!';

      expectObservable(source.pipe(map(() => 'x')), unsubscribe).toBe('---');
      expectSubscriptions(source.subscriptions).toBe('         ^----!');
    }),
  );

  it(
    'never ends with a call that never does, and takes in nothing more',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a-b-|');
      const task = cold('   --');
      const unsubscribe = '-----------!';

      expectObservable(source.pipe(map(() => task)), unsubscribe).toBe('------------');
      expectSubscriptions(source.subscriptions).toBe('         ^----!');
      expectSubscriptions(task.subscriptions).toBe('           -^---------!');
    }),
  );

  it(
    'waits for the last call when the source completes first',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const task = cold('  -----(x|)');
      const expected = '   ------(x|)';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }),
  );

  it(
    'delivers what the source brought before its error, then the error',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-ab#');
      const task = cold('  ---(x|)');
      const tasks = ['     -^--!', '  ----^--!'];
      const expected = '   ----x--(x#)';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    "fails at once with a task's error, and leaves the source",
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a-b-c---|');
      const task = cold('   ---#');
      const expected = '   ----#';

      expectObservable(source.pipe(map(() => task))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^---!');
      expectSubscriptions(task.subscriptions).toBe('  -^--!');
    }),
  );

  it(
    "fails with a promise's rejection",
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|');

      expectObservable(source.pipe(map(() => failLater(4, 'bad')))).toBe('-----#', undefined, 'bad');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'fails with what the function throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-c|');
      const project = (v: string): string => {
        if (v === 'b') throw new RangeError('b is bad');
        return v;
      };

      expectObservable(source.pipe(map(project))).toBe('-a-#', undefined, new RangeError('b is bad'));
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it.each([
    [
      'thrown',
      () => {
        throw undefined;
      },
    ],
    ['rejected', () => failLater(0, undefined)],
    ['streamed', () => throwError(() => undefined)],
  ])('takes undefined for the error it is when it is %s', (_how, project: () => unknown) => {
    marbles(({ cold, expectObservable }) => {
      const failed$ = cold('-a-b|').pipe(
        map(project),
        catchError((error: unknown) => of([error])),
      );

      expectObservable(failed$).toBe('-(x|)', { x: [undefined] });
    })();
  });

  it(
    'stops everything on unsubscribe',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -a-b-c-----|');
      const task = cold('    ----(x|)');
      const unsubscribe = ' -------!';
      const tasks = ['      -^---!', '      -----^-!'];
      const expected = '    -----x--';

      expectObservable(source.pipe(map(() => task)), unsubscribe).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^------!');
      expectSubscriptions(task.subscriptions).toBe(tasks);
    }),
  );

  it(
    'can be subscribed again, at the same time and afterwards',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-b|');
      const task = cold('     --(x|)');
      const mapped$ = source.pipe(map(() => task));

      expectObservable(mapped$, '^------').toBe('          ---x-(x|)');
      expectObservable(mapped$, '--^----------').toBe('    -----x-(x|)');
      expectObservable(mapped$, '----------^-----').toBe(' -------------x-(x|)');
      expectSubscriptions(source.subscriptions).toBe(['^---!', '--^---!', '----------^---!']);
    }),
  );

  it(
    'starts a value that is fed inside its own output when the call before it is over',
    marbles(({ expectObservable }) => {
      const feed = new Subject<number>();
      const result$ = new Observable<unknown>((subscriber) => {
        const subscription = feed.pipe(map((n: number) => n)).subscribe({
          next: (n) => {
            subscriber.next(n);
            if ((n as number) < 3) feed.next((n as number) + 1);
            else feed.complete();
          },
          complete: () => {
            subscriber.complete();
          },
        });
        feed.next(0);
        return subscription;
      });

      expectObservable(result$).toBe('(abcd|)', { a: 0, b: 1, c: 2, d: 3 });
    }),
  );

  it('keeps the stack flat when every value is fed inside the output of the last', () => {
    const feed = new Subject<number>();
    let last: unknown;
    feed.pipe(map((n: number) => n)).subscribe((n) => {
      last = n;
      if ((n as number) < 50_000) feed.next((n as number) + 1);
    });

    feed.next(0);

    expect(last).toBe(50_000);
  });

  it(
    'survives a function that completes the source while it runs',
    marbles(({ expectObservable }) => {
      const source = new Subject<string>();
      const result$ = new Observable<unknown>((subscriber) => {
        source
          .pipe(
            map((v: string) => {
              source.complete();
              return v;
            }),
          )
          .subscribe(subscriber);
        source.next('a');
      });

      expectObservable(result$).toBe('(a|)');
    }),
  );

  it('starts nothing more, and emits nothing, when it is unsubscribed inside the function', () => {
    const seen: unknown[] = [];
    const calls: number[] = [];
    const subscription = new Observable<unknown>((subscriber) => {
      const inner = of(1, 2, 3).pipe(
        map((n: number) => {
          calls.push(n);
          if (n === 2) subscriber.unsubscribe();
          return n;
        }),
      );
      inner.subscribe(subscriber);
    }).subscribe((v) => seen.push(v));

    expect(subscription.closed).toBe(true);
    expect(calls).toEqual([1, 2]);
    expect(seen).toEqual([1]);
  });

  it(
    'emits nothing after the consumer has unsubscribed inside a value',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-(abc)-d|');
      const task = cold('  --(xyz|)');
      const mapped$ = source.pipe(
        map(() => task, { concurrency: 3 }),
        take(2),
      );

      expectObservable(mapped$).toBe('                 ---(xy|)');
      expectSubscriptions(source.subscriptions).toBe(' ^--!');
      expectSubscriptions(task.subscriptions).toBe(['  -^-!', '-^-!', '-^-!']);
    }),
  );
});

describe('asyncMap', () => {
  it(
    'numbers its calls from 0, for each subscription anew',
    marbles(({ cold, expectObservable }) => {
      const source = cold('-a-b-c|');
      const numbered$ = source.pipe(asyncMap((v, { index }) => `${v}${String(index)}`));
      const expected = '   -a-b-c|';

      expectObservable(numbered$).toBe(expected, { a: 'a0', b: 'b1', c: 'c2' });
      expectObservable(numbered$).toBe(expected, { a: 'a0', b: 'b1', c: 'c2' });
    }),
  );

  it('calls a function with the value and a context, a task with the value alone', () => {
    const seen: unknown[][] = [];
    const project = (...args: unknown[]): unknown => seen.push(args);

    of('a')
      .pipe(asyncMap(project), asyncMap(inline({ project }).tasks.project as never))
      .subscribe();

    expect(seen).toEqual([['a', expect.objectContaining({ index: 0 })], [1]]);
  });
});
