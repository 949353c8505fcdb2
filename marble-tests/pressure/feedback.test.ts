import { defer, map, merge, NEVER, of, share, Subject, timer, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, collect, flatten, fromPull, prefetch } from '../../src/index.js';
import { marbles } from '../marbles.js';

function soon(n: number): Observable<number> {
  return timer(1).pipe(map(() => n));
}

describe('what a consumer feeds back', () => {
  it.each<[string, (source: Subject<number>) => Observable<number>]>([
    ['asyncMap', (source) => source.pipe(asyncMap(soon))],
    ['two of them', (source) => source.pipe(asyncMap(soon), asyncMap(soon))],
    ['prefetch between two', (source) => source.pipe(asyncMap(soon), prefetch(1), asyncMap(soon))],
    [
      'collect and flatten',
      (source) =>
        source.pipe(
          asyncMap(soon),
          collect(3, { maxWaitMs: 1 }),
          flatten((all) => all),
        ),
    ],
    ['operators of RxJS in between', (source) => source.pipe(asyncMap(soon), map((n) => n), share(), prefetch(1), asyncMap(soon))],
    ['one of two that are merged', (source) => merge(NEVER.pipe(prefetch(1)), source.pipe(prefetch(1))).pipe(asyncMap(soon))],
    ['a deferred stream', (source) => defer(() => source.pipe(asyncMap(soon))).pipe(asyncMap(soon))],
  ])('comes through %s, all of it: a crawler does not wait for itself', (_, pipeline) => {
    marbles(({ flush }) => {
      const found$ = new Subject<number>();
      const seen: number[] = [];
      pipeline(found$).subscribe((n) => {
        seen.push(n);
        for (const next of [2 * n, 2 * n + 1]) if (next < 100) found$.next(next);
      });
      found$.next(1);
      flush();

      expect(seen.sort((a, b) => a - b)).toStrictEqual(Array.from({ length: 99 }, (_, i) => i + 1));
    })();
  });

  it('is not what somebody gives to another pipeline, which holds', marbles(({ flush }) => {
    let pulled = 0;
    const work$ = new Subject<number>();
    const numbers$ = fromPull(function* () {
      while (pulled < 100) yield ++pulled;
    });
    // The other pipeline is subscribed to inside the first delivery, and while the first still subscribes to its source.
    const subscription = numbers$.pipe(prefetch(1)).subscribe((n) => {
      if (n === 1) work$.pipe(asyncMap(() => timer(1000))).subscribe();
      work$.next(n);
    });
    timer(100).subscribe(() => {
      subscription.unsubscribe();
    });
    flush();

    expect(pulled).toBe(2);
  }));

  it('is not what reaches a pipeline that was subscribed to while its source subscribed', marbles(({ flush }) => {
    let pulled = 0;
    const work$ = new Subject<number>();
    const numbers$ = fromPull(function* () {
      while (pulled < 100) yield ++pulled;
    });
    const opened$ = defer(() => {
      work$.pipe(asyncMap(() => timer(5))).subscribe();
      return of(0);
    });
    const subscription = opened$.pipe(asyncMap(() => numbers$)).subscribe((n) => {
      work$.next(n);
    });
    timer(49).subscribe(() => {
      subscription.unsubscribe();
    });
    flush();

    expect(pulled).toBeLessThanOrEqual(11);
  }));
});
