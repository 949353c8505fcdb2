// A task is a bounded consumer, too, and holding() makes one of any inner stream.
import {
  catchError,
  concatMap,
  EMPTY,
  exhaustMap,
  mergeMap,
  NEVER,
  Observable,
  of,
  retry,
  switchMap,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createValve, holding, type SourceValve } from '../../src/backpressure/index.js';
import { inline, prefetch } from '../../src/index.js';
import { all, Counted, watched } from './counted.js';

describe('a task in a flattening operator', () => {
  const forever = (capacity: number): ReturnType<typeof inline<{ work: (n: number) => Observable<never> }>> =>
    inline({ work: (_n: number) => NEVER }, { capacity });

  it.each([1, 2, 5])('holds while none of %i slots is free', (capacity) => {
    const source = new Counted();
    const { tasks } = forever(capacity);
    watched(100, () => source.values$.pipe(mergeMap((n) => tasks.work(n))));

    expect(source.pulled).toBe(capacity);
  });

  it('has what prefetch keeps ready in front of it, and no more', () => {
    const source = new Counted();
    const { tasks } = forever(1);
    watched(100, () =>
      source.values$.pipe(
        prefetch(2),
        concatMap((n) => tasks.work(n)),
      ),
    );

    expect(source.pulled).toBe(3);
  });

  it('holds while another pipeline has its slots', () => {
    const source = new Counted();
    const { tasks } = inline({ work: (ms: number) => timer(ms) }, { capacity: 1 });
    const looks: number[] = [];
    watched(
      40,
      () => {
        tasks.work(20).subscribe();
        return source.values$.pipe(concatMap(() => tasks.work(5)));
      },
      () => looks.push(source.pulled),
    );

    expect(looks.slice(0, 20)).toStrictEqual(Array.from({ length: 20 }, () => 1));
    expect(looks.at(-1)).toBe(4);
  });

  it('lets go when it is unsubscribed while it waits for a slot', () => {
    const source = new Counted();
    const { tasks } = forever(1);
    watched(100, () => {
      tasks.work(0).subscribe();
      return source.values$.pipe(switchMap((n) => (n === 0 ? tasks.work(n) : EMPTY)));
    });

    // The only one that could replace it is held by it: switchMap is no way out.
    expect(source.pulled).toBe(1);
  });

  it('lets go when it fails', () => {
    const source = new Counted();
    const { tasks } = inline(
      { work: (n: number) => (n % 2 === 0 ? throwError(() => 'even') : of(n)) },
      { capacity: 1 },
    );
    const { completed } = watched(100, () =>
      source.values$.pipe(
        concatMap((n) =>
          tasks.work(n).pipe(
            retry(1),
            catchError(() => EMPTY),
          ),
        ),
      ),
    );

    expect({ pulled: source.pulled, completed }).toStrictEqual({ pulled: all, completed: true });
  });
});

describe('holding in concatMap', () => {
  it('keeps one value in work, and two ready', () => {
    const source = new Counted();
    let done = 0;
    watched(
      100,
      () =>
        source.values$.pipe(
          prefetch(2),
          concatMap(() => holding(timer(5))),
          tap(() => done++),
        ),
      () => expect(source.pulled - done).toBeLessThanOrEqual(4),
    );

    expect(done).toBe(19);
  });

  it('lets go of a source in front of inners that end at once, fail, or are cut off', () => {
    const ends: Record<string, (source: Observable<number>) => Observable<unknown>> = {
      empty: concatMap(() => holding(EMPTY)),
      synchronous: concatMap((n) => holding([n, n])),
      exhausted: exhaustMap(() => holding(of(1))),
      promised: concatMap((n) => holding(timer(0).pipe(concatMap(() => of(n))))),
    };
    for (const [name, end] of Object.entries(ends)) {
      const source = new Counted();
      const { completed } = watched(2000, () => source.values$.pipe(end));
      expect({ name, pulled: source.pulled, completed }).toStrictEqual({ name, pulled: all, completed: true });
    }
  });

  it('lets go after complete() has returned, so that concatMap never queues', () => {
    const log: string[] = [];
    const inner = new Observable<never>((subscriber) => {
      log.push('begin');
      const timing = timer(1).subscribe(() => {
        subscriber.complete();
        log.push('complete() has returned');
      });
      return () => {
        timing.unsubscribe();
      };
    });
    let valve: SourceValve | undefined;
    let opened = 0;
    const source = new Observable<number>((subscriber) => {
      valve = createValve(() => {
        log.push(`open ${String(++opened)}`);
        if (opened < 3) valve?.next(subscriber, opened);
      });
      valve.next(subscriber, 0);
    });
    watched(20, () => source.pipe(concatMap(() => holding(inner))));

    expect(log).toStrictEqual([
      'begin',
      'open 1',
      'begin',
      'complete() has returned',
      'open 2',
      'begin',
      'complete() has returned',
      'open 3',
      'complete() has returned',
    ]);
  });

  it('holds again and again, so that nothing runs away in 1,000 values', () => {
    const source = new Counted();
    let begun = 0;
    const { completed } = watched(
      3000,
      () => source.values$.pipe(concatMap((n) => (begun++, holding(timer(n % 3))))),
      () => expect(source.pulled - begun).toBeLessThanOrEqual(1),
    );

    expect(completed).toBe(true);
  });
});
