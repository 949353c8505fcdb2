import { concat, concatMap, EMPTY, lastValueFrom, map, merge, mergeMap, NEVER, of, range, share, Subject, take, tap, throwError, timer, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { currentValve, type Valve } from '../../src/backpressure/index.js';
import { asyncMap, collect, prefetch, repeatFetch, toAsyncIterable } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, holdFirst, slowly } from '../probes.js';

/** A pausable source of letters that takes `ms` for each, and notes its fetches. */
function letters(text: string, ms: number, calls = new Calls<string>()): Observable<string> {
  return repeatFetch(({ index }) => {
    if (index >= text.length) return undefined;
    calls.note(text[index]!);
    return ms === 0 ? text[index] : after(ms, text[index]);
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('prefetch', () => {
  it('fetches ahead while the consumer works, up to its count', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                        abc---d----e----f---------------');
    expectObservable(letters('abcdef', 1, calls).pipe(prefetch(2), slowly(5))).toBe('------a----b----c----d----e----(f|)');
  }));

  it('passes everything through with a count of 0', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('               -a-b-|');
    expectObservable(source.pipe(prefetch(0))).toBe('-a-b-|');
    expectSubscriptions(source.subscriptions).toBe('^----!');
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                   a-----b-----c');
    expectObservable(letters('abc', 1, calls).pipe(prefetch(0), slowly(5))).toBe('------a-----b-----(c|)');
  }));

  it('delivers at once to a consumer that never holds', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('               -a-(bc)-d|');
    expectObservable(source.pipe(prefetch(2))).toBe('-a-(bc)-d|');
    expectSubscriptions(source.subscriptions).toBe('^--------!');
  }));

  it('is empty with an empty source and waits with one that never ends', marbles(({ expectObservable }) => {
    expectObservable(EMPTY.pipe(prefetch(1))).toBe('|');
    expectObservable(NEVER.pipe(prefetch(1))).toBe('-');
  }));

  it('delivers the values before an error first, and the completion after the last value', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const failing = cold('                          (abc#)');
    expectObservable(failing.pipe(prefetch(3), slowly(2))).toBe('--a-b-(c#)');
    expectSubscriptions(failing.subscriptions).toBe('(^!)');
    const ending = cold('                           (abc|)');
    expectObservable(ending.pipe(prefetch(3), slowly(2))).toBe(' --a-b-(c|)');
    expectObservable(throwError(() => 'failed').pipe(prefetch(3))).toBe('#', {}, 'failed');
  }));

  it('holds an end back until the consumer has taken what is in its hands', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a|').pipe(prefetch(1), holdFirst(cold(' ----x')))).toBe('-a---|');
    expectObservable(cold('-a#').pipe(prefetch(1), holdFirst(cold(' ----x')))).toBe('-a---#');
  }));

  it.each([1, 2, 5])('never has more than %i ready, with those in flight', (count) => {
    marbles(({ flush }) => {
      for (const fetchMs of [0, 1, 3]) {
        let begun = 0;
        let taken = 0;
        const source = repeatFetch(({ index }) => {
          if (index === 20) return undefined;
          begun++;
          return fetchMs === 0 ? index : after(fetchMs, index);
        });
        source
          .pipe(
            prefetch(count),
            tap(() => taken++),
            slowly(2),
          )
          .subscribe();
        const between = timer(0.5, 1).pipe(take(100)).subscribe(() => {
          // The first is awaited by the consumer itself.
          expect(begun - taken).toBeLessThanOrEqual(taken === 0 ? 1 : count);
        });
        flush();
        between.unsubscribe();
        expect(taken).toBe(20);
      }
    })();
  });

  it('refills a place before the consumer works on the value', () => {
    const log: string[] = [];
    const at: { valve?: Valve | undefined; release?: (() => void) | undefined } = {};
    const source = repeatFetch(({ index }) => {
      log.push(`fetch ${String(index)}`);
      return index < 4 ? index : undefined;
    });
    source.pipe(prefetch(1)).subscribe((value) => {
      log.push(`work ${String(value)}`);
      at.release = currentValve()?.hold();
    });
    const release = at.release;
    log.push('ready for more');
    release?.();
    expect(log.slice(3)).toEqual(['ready for more', 'fetch 2', 'work 1']);
  });

  it.each<[what: string, through: (source$: Observable<string>) => Observable<unknown>]>([
    ['the source itself', (source$) => source$],
    ['map', map((letter) => letter)],
    ['another prefetch', prefetch(1)],
    ['collect', collect(1)],
  ])('lets the next fetch begin before the consumer works on a value: behind %s', (_what, through) => {
    marbles(({ flush }) => {
      const log: string[] = [];
      const calls = new Calls<string>();
      calls.made$.subscribe((letter) => log.push(`fetch ${letter}`));
      through(letters('abc', 1, calls)).pipe(prefetch(1)).subscribe((value) => log.push(`work ${String(value)}`));
      flush();

      expect(log).toEqual(['fetch a', 'fetch b', 'work a', 'fetch c', 'work b', 'work c']);
    })();
  });

  it.each<[what: string, stage: (source$: Observable<string>) => Observable<unknown>]>([
    ['asyncMap', asyncMap((letter) => letter, { concurrency: 3 })],
    ['another prefetch', prefetch(3)],
    ['collect', collect(1)],
  ])('gives the consumer each of several values before %s delivers the next', (_what, stage) => {
    marbles(({ cold, flush }) => {
      const log: string[] = [];
      const stage$ = cold('(abc)').pipe(stage, holdFirst(cold('--x')));
      stage$.pipe(tap((value) => log.push(`out ${String(value)}`)), prefetch(2)).subscribe((value) => log.push(`work ${String(value)}`));
      flush();

      expect(log).toEqual(['out a', 'work a', 'out b', 'work b', 'out c', 'work c']);
    })();
  });

  it('adds up along a chain', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    const source = repeatFetch(({ index }) => {
      calls.note(index);
      return index;
    });
    expectObservable(source.pipe(prefetch(2), prefetch(3), slowly(10)), '^----!');
    flush();
    expect(calls.count).toBe(6);
  }));

  it('counts source values before an operator that collects them', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<string>();
    const pairs = letters('abcdefghij', 0, calls).pipe(prefetch(1), map((letter) => letter), prefetch(1), slowly(10));
    expectObservable(pairs, '^----!');
    flush();
    expect(calls.count).toBe(3);
  }));

  it('takes the values of merged sources as they come, with one more ready for each more source', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<string>();
    const merged = merge(letters('abcdef', 1, calls), letters('uvwxyz', 1, calls));
    expectObservable(merged.pipe(prefetch(2), slowly(20)), '^---------!');
    flush();
    expect(calls.count).toBeLessThanOrEqual(4);
  }));

  it('starves neither of two merged sources', marbles(({ expectObservable }) => {
    const merged = merge(letters('abc', 0), letters('xyz', 0));
    expectObservable(merged.pipe(prefetch(1), slowly(1))).toBe('-abxcy(z|)');
  }));

  it('unsubscribes from its source at once, and drops what waits', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                        -(abc)---|');
    expectObservable(source.pipe(prefetch(2), slowly(2)), '^---!').toBe('---a-');
    expectSubscriptions(source.subscriptions).toBe('^---!');
  }));

  it('lets its source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ expectObservable }) => {
    const shared = letters('abcd', 1).pipe(share());
    expectObservable(shared.pipe(prefetch(1), slowly(100)), '^-----!').toBe('------');
    expectObservable(shared.pipe(map((letter) => letter.toUpperCase()))).toBe('-AB----C(D|)');
  }));

  it('can be subscribed again', marbles(({ expectObservable }) => {
    const ahead = letters('ab', 1).pipe(prefetch(1));
    expectObservable(concat(ahead, ahead)).toBe('-aba(b|)');
  }));

  it('goes on with values that the consumer feeds back', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    source.pipe(prefetch(1)).subscribe((value) => {
      seen.push(value);
      if (value < 5) source.next(value + 1);
    });
    source.next(1);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('puts what the consumer feeds back behind what is ready', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    const at: { release?: (() => void) | undefined } = {};
    source.pipe(prefetch(2)).subscribe((value) => {
      seen.push(value);
      if (value === 1) at.release = currentValve()?.hold();
      if (value === 2) source.next(4);
    });
    for (const value of [1, 2, 3]) source.next(value);
    at.release?.();
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('does not let a completion that comes inside a delivery overtake a value', () => {
    const source = new Subject<number>();
    const seen: unknown[] = [];
    source.pipe(prefetch(2)).subscribe({
      next: (value) => {
        seen.push(value);
        if (value !== 1) return;
        source.next(2);
        source.complete();
        seen.push('after');
      },
      complete: () => seen.push('complete'),
    });
    source.next(1);
    expect(seen).toEqual([1, 'after', 2, 'complete']);
  });

  it('ends inside a delivery without delivering what waits', () => {
    const seen: unknown[] = [];
    of(1, 2, 3).pipe(prefetch(2), take(1)).subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
    expect(seen).toEqual([1, 'complete']);
  });

  it('stops a synchronous source that would go on for ever', () => {
    const seen: number[] = [];
    range(1, 1_000_000_000).pipe(prefetch(2), take(3)).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('passes a hundred thousand values without growing the stack', () => {
    let count = 0;
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    repeatFetch(({ index }) => (index < 100_000 ? index : undefined)).pipe(prefetch(3)).subscribe(() => count++);
    expect(count).toBe(100_000);
  });

  it('overlaps fetching and processing: ten times 1 s + 1 s take 11 s, and 20 s without it', marbles(({ expectObservable }) => {
    const fetched = repeatFetch(({ index }) => (index < 10 ? after(1000, index) : undefined));
    const end = (source: Observable<number>): Observable<unknown> => source.pipe(slowly(1000), concatMap(() => EMPTY));
    expectObservable(end(fetched.pipe(prefetch(1)))).toBe('11s |');
    expectObservable(end(fetched)).toBe('20s |');
    expectObservable(fetched.pipe(prefetch(1), slowly(1000), take(1))).toBe('2s (a|)', { a: 0 });
  }));

  it('overlaps three stages', marbles(({ expectObservable }) => {
    const stages = letters('abcde', 10).pipe(prefetch(1), slowly(10), prefetch(1), slowly(10), concatMap(() => EMPTY));
    expectObservable(stages).toBe('70ms |');
  }));
});

describe('prefetch, the warning', () => {
  function flow(count: number, end: (source: Observable<number>) => Observable<unknown>, times = 1): MockInstance<typeof console.warn> {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const piped = end(repeatFetch(({ index }) => (index < count ? index : undefined)).pipe(prefetch(2)));
    for (let i = 0; i < times; i++) piped.subscribe();
    return warn;
  }

  it('says once that nothing ever held it, and what to use', () => {
    const warn = flow(5000, mergeMap((n) => of(n)), 3);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/prefetch\(2\) was not held once in 1000 values.*asyncMap.*flatten.*holding\(\).*All is well where .*bufferCount\(1000\)/));
  });

  it('takes a batch of collect for one chance to hold, like a value', marbles(({ flush }) => {
    const full = flow(5000, (source) => source.pipe(collect(2000), asyncMap(() => after(1, 0))));
    flush();
    expect(full).not.toHaveBeenCalled();
    const pages = flow(9999, (source) => source.pipe(map((n) => n), collect(10), mergeMap((rows) => of(rows))));
    expect(pages).not.toHaveBeenCalled();
    expect(flow(10_000, (source) => source.pipe(collect(10), mergeMap((rows) => of(rows))))).toHaveBeenCalledWith(
      expect.stringContaining('not held once in 10000 values'),
    );
  }));

  it('says nothing of 999 values', () => {
    expect(flow(999, (source) => source)).not.toHaveBeenCalled();
  });

  it('says nothing when it was held once', marbles(({ cold, flush }) => {
    const warn = flow(5000, (source) => source.pipe(holdFirst(cold('-x'))));
    flush();
    expect(warn).not.toHaveBeenCalled();
  }));

  it('says nothing with a consumer that holds for a microtask each', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const source = repeatFetch(({ index }) => (index < 2000 ? index : undefined));
    await lastValueFrom(source.pipe(prefetch(2), asyncMap((n) => Promise.resolve(n))));
    expect(warn).not.toHaveBeenCalled();
  });

  it('says nothing in production', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(flow(5000, (source) => source)).not.toHaveBeenCalled();
    vi.unstubAllEnvs();
  });
});

describe('prefetch, options', () => {
  it.each([
    [-1, RangeError, '-1'],
    [1.5, RangeError, '1.5'],
    [Infinity, RangeError, 'Infinity'],
    [Number.NaN, RangeError, 'NaN'],
    ['2', TypeError, "'2'"],
    [undefined, TypeError, 'undefined'],
    [null, TypeError, 'null'],
    [2n, TypeError, '2n'],
  ])('refuses a count of %s', (count, kind, shown) => {
    expect(() => prefetch(count as never)).toThrow(new kind(`prefetch: count must be a whole number of at least 0 or 'auto', but it is ${shown}`));
  });

  it.each([
    [1, { overflow: 'drop' }, RangeError, "prefetch: overflow must be 'buffer' or 'fail' or 'dropOldest' or 'dropNewest', but it is 'drop'"],
    [1, { overflow: 5 }, TypeError, "prefetch: overflow must be 'buffer' or 'fail' or 'dropOldest' or 'dropNewest', but it is 5"],
    [1, { overflow: 'dropOldest', onDrop: 5 }, TypeError, 'prefetch: onDrop must be a function, but it is 5'],
    [1, { onDrop: () => {} }, TypeError, "prefetch: onDrop (a function onDrop) is never called unless overflow is 'dropOldest' or 'dropNewest'"],
    [1, { overflow: 'fail', onDrop: () => {} }, TypeError, "prefetch: onDrop (a function onDrop) is never called unless overflow is 'dropOldest' or 'dropNewest'"],
    [1, { max: 5 }, TypeError, "prefetch: max (5) is for 'auto' only; leave it out where a count is given"],
    ['auto', { max: 0 }, RangeError, 'prefetch: max must be a whole number of at least 1, but it is 0'],
    ['auto', { max: '5' }, TypeError, "prefetch: max must be a whole number of at least 1, but it is '5'"],
    [0, { overflow: 'fail' }, TypeError, "prefetch: overflow ('fail') needs a count of at least 1, since 0 keeps nothing"],
    [1, { size: 5 }, TypeError, "prefetch: there is no option 'size' (got 5); it takes overflow, onDrop, max, budget"],
    [1, null, TypeError, 'prefetch: options must be an object, but they are null'],
  ])('refuses prefetch(%s, %o)', (count, options, kind, message) => {
    expect(() => prefetch(count as never, options as never)).toThrow(new kind(message));
  });
});

describe('prefetch before toAsyncIterable', () => {
  it('fetches while the body of the loop runs', async () => {
    const fetched: number[] = [];
    const seen: [number, number][] = [];
    const source = repeatFetch(({ index }) => {
      fetched.push(index);
      return Promise.resolve(index < 3 ? index : undefined);
    });
    for await (const value of toAsyncIterable(source.pipe(prefetch(1)))) {
      await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => resolve(undefined)))));
      seen.push([value, fetched.length]);
    }
    expect(seen).toEqual([[0, 2], [1, 3], [2, 4]]);
  });
});
