import { asyncScheduler, interval, map, type MonoTypeOperatorFunction, type Observable, take, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, flatten, prefetch, prefetchBudget, repeatFetch, type PrefetchBudget } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after } from '../probes.js';

/** A `prefetch('auto')` that counts what it has ready, the value in the consumer's hands not among it. */
function counted<T>(budget: PrefetchBudget) {
  const seen = { inside: 0, most: 0 };
  const stage: MonoTypeOperatorFunction<T> = (source) =>
    source.pipe(
      tap(() => {
        seen.inside++;
      }),
      prefetch('auto', { budget }),
      tap(() => {
        seen.inside--;
      }),
    );
  return { seen, stage };
}

/** A source that stalls at every `every`th value. */
function stalling(every: number, ms: number): Observable<number> {
  return repeatFetch(({ index }) => after(index % every === 0 ? ms : 1, index));
}

describe('prefetchBudget', () => {
  it('has no more ready in all than it allows, and lets each have what it needs', marbles(({ flush }) => {
    const budget = prefetchBudget(10);
    const needy = counted<number>(budget);
    const idle = counted<number>(budget);
    let most = 0;
    const done: number[] = [];
    const works = (ms: number) => asyncMap((n: number) => timer(ms).pipe(map(() => n)));
    stalling(8, 40).pipe(needy.stage, works(5), take(800)).subscribe({ complete: () => done.push(asyncScheduler.now()) });
    stalling(1, 3).pipe(idle.stage, works(9), take(400)).subscribe({ complete: () => done.push(asyncScheduler.now()) });
    const watching = interval(1).subscribe(() => {
      most = Math.max(most, needy.seen.inside + idle.seen.inside);
      expect(budget.taken).toBeLessThanOrEqual(10);
      if (done.length === 2) watching.unsubscribe();
    });
    flush();

    expect(most).toBeLessThanOrEqual(10);
    // 47 ms for eight values, at best.
    expect(Math.max(...done)).toBeLessThan(1.05 * 4700);
    expect(budget.taken).toBe(0);
  }));

  it('takes back from one that needs it no more what another one needs', marbles(({ flush }) => {
    const budget = prefetchBudget(9);
    const times: number[][] = [[], []];
    // The first stalls in the first half, the second in the second one.
    const stage = (which: 0 | 1): Observable<number> =>
      repeatFetch(({ index }) => {
        const stalls = index < 400 === (which === 0);
        return after(stalls && index % 8 === 0 ? 40 : 1, index);
      }).pipe(
        prefetch('auto', { budget }),
        asyncMap((n) => after(6, n)),
        take(800),
        tap(() => times[which]?.push(asyncScheduler.now())),
      );
    stage(0).subscribe();
    stage(1).subscribe();
    flush();
    for (const [first, last] of [times[0]!.slice(100, 400), times[1]!.slice(500)].map((part) => [part[0]!, part.at(-1)!])) {
      // 48 ms for eight values, at best.
      expect(last! - first!).toBeLessThan(1.08 * 6 * 300);
    }
  }));

  it('lets every stage of a chain have one, however small it is', marbles(({ flush }) => {
    const budget = prefetchBudget(1);
    const seen: number[] = [];
    repeatFetch(({ index }) => after(2, [3 * index, 3 * index + 1, 3 * index + 2]))
      .pipe(
        prefetch('auto', { budget }),
        flatten(),
        prefetch('auto', { budget }),
        asyncMap((n) => after(1, n)),
        prefetch('auto', { budget }),
        take(30),
      )
      .subscribe((n) => seen.push(n));
    timer(10).subscribe(() => {
      expect(budget.taken).toBe(3);
    });
    flush();

    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(budget.taken).toBe(0);
  }));

  it('counts each subscription by itself', marbles(({ flush }) => {
    const budget = prefetchBudget(4);
    const stream = stalling(8, 40).pipe(prefetch('auto', { budget }), asyncMap((n) => after(5, n)), take(200));
    const ends: number[] = [];
    for (let i = 0; i < 2; i++) stream.subscribe({ complete: () => ends.push(i) });
    timer(500).subscribe(() => {
      expect(budget.taken).toBe(4);
    });
    flush();
    expect(ends).toHaveLength(2);
    expect(budget.taken).toBe(0);
  }));

  it('says what it is', () => {
    const budget = prefetchBudget(7);
    expect([budget.total, budget.taken]).toEqual([7, 0]);
  });

  it('refuses what is no number of values, and a prefetch whatever is no budget, or has a count', () => {
    for (const total of [0, 1.5, Number.NaN]) expect(() => prefetchBudget(total)).toThrow(RangeError);
    expect(() => prefetchBudget('3' as never)).toThrow('prefetchBudget: total must be a whole number of at least 1');
    const budget = prefetchBudget(3);
    expect(() => prefetch(2, { budget })).toThrow(/prefetch: budget .*'auto' only/);
    expect(() => prefetch('auto', { budget: {} as never })).toThrow(/prefetch: budget .*prefetchBudget\(\)/);
    expect(() => prefetch('auto', { budget: 3 as never })).toThrow(TypeError);
  });
});
