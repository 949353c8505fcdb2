import { asyncScheduler, type Observable, of, Subject, take, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after } from '../probes.js';

/** What lies between a source, whose n-th fetch takes `fetchMs(n)`, and a consumer, whose n-th value takes `workMs(n)`. */
function between(
  fetchMs: (index: number) => number,
  workMs: (index: number) => number,
  options: { readonly max?: number } = {},
) {
  let begun = 0;
  let taken = 0;
  const ahead: number[] = [];
  const end$ = repeatFetch(({ index }) => {
    begun++;
    return fetchMs(index) === 0 ? index : after(fetchMs(index), index);
  }).pipe(
    prefetch('auto', options),
    tap(() => taken++),
    asyncMap((index): Observable<number> => (workMs(index) === 0 ? of(index) : after(workMs(index), index))),
    tap(() => ahead.push(begun - taken)),
  );
  return { end$, ahead, mostAhead: (from = 0, to = Infinity) => Math.max(...ahead.slice(from, to)) };
}

describe("prefetch('auto')", () => {
  it('stays at one where the consumer is always slower', marbles(({ flush }) => {
    const { end$, mostAhead } = between(() => 1, () => 5);
    end$.pipe(take(100)).subscribe();
    flush();
    expect(mostAhead()).toBe(1);
  }));

  it('stays at one where the source is always slower: more would not help', marbles(({ flush }) => {
    const { end$, mostAhead } = between(() => 5, () => 1);
    end$.pipe(take(100)).subscribe();
    flush();
    expect(mostAhead()).toBe(1);
  }));

  /** A consumer that rests for 100 ms at every twentieth value, and takes no time for the others. */
  const bursts = (index: number): number => (index % 20 === 0 ? 100 : 0);

  it('doubles where a consumer finds it full and then empty, until a burst finds enough', marbles(({ flush }) => {
    const { end$, ahead, mostAhead } = between(() => 1, bursts);
    const frames: number[] = [];
    end$.pipe(take(400)).subscribe(() => frames.push(asyncScheduler.now()));
    flush();
    expect(ahead[0]).toBe(1);
    expect([0, 20, 40, 60, 80, 100, 200].map((rest) => mostAhead(rest, rest + 1))).toEqual([1, 2, 4, 8, 16, 32, 32]);
    // From then on nobody waits: only the rests take time.
    expect(frames[380]! - frames[200]!).toBe(900);
  }));

  it('grows up to max and no further', marbles(({ flush }) => {
    const { end$, mostAhead } = between(() => 1, bursts, { max: 5 });
    end$.pipe(take(400)).subscribe();
    flush();
    expect([0, 20, 40, 60, 200].map((rest) => mostAhead(rest, rest + 1))).toEqual([1, 2, 4, 5, 5]);
  }));

  it('halves again and again where half is always left', marbles(({ flush }) => {
    const { end$, mostAhead } = between(() => 1, (index) => (index < 200 ? bursts(index) : 5));
    end$.pipe(take(400)).subscribe();
    flush();
    expect(mostAhead(100, 200)).toBe(32);
    expect(mostAhead(350)).toBe(1);
  }));

  it('stays where stalls come again and again', marbles(({ flush }) => {
    const { end$, ahead } = between((index) => (index % 8 === 0 ? 40 : 1), () => 5);
    const frames: number[] = [];
    end$.pipe(take(400)).subscribe(() => frames.push(asyncScheduler.now()));
    flush();
    // 47 ms for eight values: only the fetches take time.
    expect(frames[399]! - frames[79]!).toBeLessThanOrEqual(1.01 * 47 * 40);
    expect(Math.max(...ahead.slice(100))).toBeLessThanOrEqual(8);
  }));

  it('takes an idle consumer for no evidence', marbles(({ flush }) => {
    const { end$, mostAhead } = between(() => 1, (index) => (index % 5 === 0 ? 1000 : 3));
    end$.pipe(take(100)).subscribe();
    flush();
    expect(mostAhead()).toBe(1);
  }));

  it('takes an idle source for evidence once, not again and again', marbles(({ flush }) => {
    const source = new Subject<number>();
    const seen: number[] = [];
    source.pipe(prefetch('auto')).subscribe((n) => seen.push(n));
    timer(0, 100).pipe(take(20)).subscribe((n) => source.next(n));
    flush();
    expect(seen).toHaveLength(20);
  }));

  it('passes values, errors and the end as any prefetch', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-(ab)--c|').pipe(prefetch('auto'))).toBe('-(ab)--c|');
    expectObservable(cold('-(ab)--c#').pipe(prefetch('auto', { max: 2 }))).toBe('-(ab)--c#');
    expectObservable(cold('|').pipe(prefetch('auto'))).toBe('|');
  }));

  it('drops beyond its present depth where it may', marbles(({ cold, expectObservable }) => {
    const kept = cold('-abcd|').pipe(prefetch('auto', { overflow: 'dropNewest' }), asyncMap((letter) => after(10, letter)));
    expectObservable(kept).toBe('-----------a---------(b|)');
  }));
});
