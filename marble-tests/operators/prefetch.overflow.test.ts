import { Subject, merge, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { fromPull, prefetch, type PrefetchOptions, type QueueOverflowError } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { slowly } from '../probes.js';

const overflowError = expect.objectContaining({
  name: 'QueueOverflowError',
  code: 'ERR_QUEUE_OVERFLOW',
  message: expect.stringMatching(/prefetch has 2 values ready and no place for another/) as string,
}) as QueueOverflowError;

describe('prefetch over a source that cannot be held', () => {
  it("keeps everything with 'buffer'", marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abcdef|)').pipe(prefetch(2), slowly(1))).toBe('                         -abcde(f|)');
    expectObservable(cold('(abcdef|)').pipe(prefetch(2, { overflow: 'buffer' }), slowly(1))).toBe('-abcde(f|)');
  }));

  it("fails with 'fail', after the values that waited", marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                                -abcdef|');
    expectObservable(source.pipe(prefetch(2, { overflow: 'fail' }), slowly(9))).toBe('----------a--------b--------(c#)', undefined, overflowError);
    expectSubscriptions(source.subscriptions).toBe('                     ^---!');
  }));

  it("does not fail with 'fail' while there is a place", marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-abc-----|').pipe(prefetch(2, { overflow: 'fail' }), slowly(2))).toBe('---a-b-c-|');
  }));

  it("drops what has waited longest with 'dropOldest'", marbles(({ cold, expectObservable, flush }) => {
    const onDrop = vi.fn();
    const source = cold('-abcdef|');
    expectObservable(source.pipe(prefetch(2, { overflow: 'dropOldest', onDrop }), slowly(9))).toBe('----------a--------e--------(f|)');
    flush();
    expect(onDrop.mock.calls).toEqual([['b'], ['c'], ['d']]);
  }));

  it("drops what has just come with 'dropNewest'", marbles(({ cold, expectObservable, flush }) => {
    const onDrop = vi.fn();
    const source = cold('-abcdef|');
    expectObservable(source.pipe(prefetch(2, { overflow: 'dropNewest', onDrop }), slowly(9))).toBe('----------a--------b--------(c|)');
    flush();
    expect(onDrop.mock.calls).toEqual([['d'], ['e'], ['f']]);
  }));

  it.each(['dropOldest', 'dropNewest'] as const)('drops without telling anyone with %s and no onDrop', (overflow) => {
    marbles(({ cold, expectObservable }) => {
      const expected = { dropOldest: '---------a-------(f|)', dropNewest: '---------a-------(b|)' }[overflow];
      expectObservable(cold('-abcdef|').pipe(prefetch(1, { overflow }), slowly(8))).toBe(expected);
    })();
  });

  it.each(['fail', 'dropOldest', 'dropNewest'] as const)('keeps all values under a valve with %s', (overflow) => {
    marbles(({ expectObservable }) => {
      expectObservable(fromPull('abcd').pipe(prefetch(1, { overflow }), slowly(1))).toBe('-abc(d|)');
    })();
  });

  it("drops none that came under a valve with 'dropOldest', even when it is the oldest", marbles(({ hot, expectObservable, flush }) => {
    const onDrop = vi.fn();
    const source = merge(fromPull('ab'), hot('-uvw-|'));
    // a is worked on, b has come under a valve; of the others only the last finds its place, when b is taken.
    expectObservable(source.pipe(prefetch(1, { overflow: 'dropOldest', onDrop }), slowly(6))).toBe('------a-----(b|)');
    flush();
    expect(onDrop.mock.calls).toEqual([['u'], ['v'], ['w']]);
  }));

  it("drops the oldest that may be dropped with 'dropOldest', and keeps the order of the others", marbles(({ hot, cold, expectObservable, flush }) => {
    const onDrop = vi.fn();
    const pulled = fromPull('xy');
    const source = merge(hot('ab---c-d-|'), cold('---x').pipe(() => delayed(pulled, cold('---x'))));
    expectObservable(source.pipe(prefetch(2, { overflow: 'dropOldest', onDrop }), slowly(20))).toBe('20ms a 19ms x 19ms d 19ms (y|)');
    flush();
    expect(onDrop.mock.calls).toEqual([['b'], ['c']]);
  }));

  it('makes onDrop’s throw the error, after what waits', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                  -abcd|');
    const onDrop = (): never => {
      throw new Error('onDrop');
    };
    expectObservable(source.pipe(prefetch(1, { overflow: 'dropNewest', onDrop }), slowly(9))).toBe('----------a--------(b#)', undefined, new Error('onDrop'));
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));

  it('calls onDrop with no valve current', () => {
    const seen: unknown[] = [];
    const source = new Subject<number>();
    const dropped: PrefetchOptions<number> = { overflow: 'dropNewest', onDrop: () => seen.push(currentValve()) };
    source.pipe(prefetch(1, dropped)).subscribe(() => {
      currentValve()?.hold();
    });
    for (const n of [1, 2, 3, 4]) source.next(n);
    expect(seen).toEqual([undefined, undefined]);
  });

  /** Prefetches one value for a consumer that never has room again after the first. */
  function stuck(overflow: 'dropOldest' | 'dropNewest', onDrop: (value: number) => void, source: Observable<number>) {
    const seen: unknown[] = [];
    let release: (() => void) | undefined;
    const subscription = source.pipe(prefetch(1, { overflow, onDrop })).subscribe({
      next: (value) => {
        seen.push(value);
        release ??= currentValve()?.hold();
      },
      error: (error: unknown) => seen.push(error),
      complete: () => seen.push('complete'),
    });
    return { seen, subscription, release: () => release?.() };
  }

  it.each(['dropOldest', 'dropNewest'] as const)('keeps its bound when onDrop brings another value, with %s', (overflow) => {
    const source = new Subject<number>();
    const dropped: number[] = [];
    const { seen, release } = stuck(overflow, (value) => {
      dropped.push(value);
      if (dropped.length === 1) source.next(10);
    }, source);
    for (const n of [1, 2, 3]) source.next(n);
    source.complete();
    release();
    // One was worked on and one waited: of 2, 3 and 10 one is left.
    expect(dropped).toHaveLength(2);
    expect(dropped).toEqual(overflow === 'dropOldest' ? [2, 3] : [3, 10]);
    expect(seen).toEqual([1, overflow === 'dropOldest' ? 10 : 2, 'complete']);
  });

  it.each(['dropOldest', 'dropNewest'] as const)('stops when it is unsubscribed inside onDrop, with %s', (overflow) => {
    const source = new Subject<number>();
    const dropped: number[] = [];
    const { seen, subscription, release } = stuck(overflow, (value) => {
      dropped.push(value);
      subscription.unsubscribe();
    }, source);
    for (const n of [1, 2, 3, 4, 5]) source.next(n);
    release();
    expect([seen, dropped.length, source.observed]).toEqual([[1], 1, false]);
  });

  it('completes after what waits when its source completes inside onDrop', () => {
    const source = new Subject<number>();
    const { seen, release } = stuck('dropOldest', () => source.complete(), source);
    for (const n of [1, 2, 3]) source.next(n);
    expect(seen).toEqual([1]);
    release();
    expect(seen).toEqual([1, 3, 'complete']);
  });
});

/** `source`, subscribed when `start$` emits. */
function delayed<T>(source: Observable<T>, start$: Observable<unknown>): Observable<T> {
  const started = new Subject<T>();
  start$.subscribe(() => source.subscribe(started));
  return started;
}
