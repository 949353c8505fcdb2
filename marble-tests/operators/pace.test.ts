import { asyncScheduler, concat, EMPTY, interval, map, NEVER, share, Subject, take } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { fromPull, pace, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { Calls, holdFirst, slowly } from '../probes.js';

describe('pace', () => {
  it('lets limit values pass in any perMs', marbles(({ expectObservable }) => {
    expectObservable(fromPull('abcde').pipe(pace({ limit: 2, perMs: 5 }))).toBe('(ab)-(cd)-(e|)');
    expectObservable(fromPull('abc').pipe(pace({ limit: 1, perMs: 3 }))).toBe('  a--b--c--|');
  }));

  it('lets values pass at once that come slowly enough', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                        -a----b----c-|');
    expectObservable(source.pipe(pace({ limit: 1, perMs: 5 }))).toBe('-a----b----c-|');
    expectSubscriptions(source.subscriptions).toBe('             ^------------!');
  }));

  it('slides its window: no more than limit in any perMs, however they come', marbles(({ cold, expectObservable }) => {
    const source = cold('                                         a---(bcd)-|');
    expectObservable(source.pipe(pace({ limit: 2, perMs: 10 }))).toBe('a---b-----c---(d|)');
  }));

  it('holds the source meanwhile', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    const source = repeatFetch(({ index }) => {
      if (index === 5) return undefined;
      calls.note('abcde'[index]!);
      return 'abcde'[index];
    });
    expectObservable(calls.made$).toBe('                            (ab)-(cd)-e---');
    expectObservable(source.pipe(pace({ limit: 2, perMs: 5 }))).toBe('(ab)-(cd)-(e|)');
  }));

  it('keeps in order what comes from a source that cannot be held', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abc|)').pipe(pace({ limit: 1, perMs: 4 }))).toBe('a---b---(c|)');
  }));

  it('lets the end come after what waits', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abc#)').pipe(pace({ limit: 1, perMs: 4 }))).toBe('a---b---(c#)');
    expectObservable(cold('--#').pipe(pace({ limit: 1, perMs: 4 }))).toBe('   --#');
    expectObservable(cold('a#').pipe(pace({ limit: 1, perMs: 4 }))).toBe('    a#');
    expectObservable(EMPTY.pipe(pace({ limit: 1, perMs: 4 }))).toBe('         |');
    expectObservable(NEVER.pipe(pace({ limit: 1, perMs: 4 }))).toBe('         -');
  }));

  it('counts a value when it passes, not when it came', marbles(({ cold, expectObservable }) => {
    const source = cold('                                                                 abc|');
    expectObservable(source.pipe(pace({ limit: 1, perMs: 4 }), holdFirst(cold('---------x')))).toBe('a--------b---(c|)');
  }));

  it('waits for its consumer and for its window', marbles(({ expectObservable }) => {
    expectObservable(fromPull('abcd').pipe(pace({ limit: 2, perMs: 10 }), slowly(3))).toBe('---a--b------c--d---|');
  }));

  it('never lets more than limit pass in any window, with a consumer and a source of any pace', marbles(({ flush }) => {
    const times: number[] = [];
    const source = repeatFetch(({ index }) => (index < 60 ? index : undefined));
    source
      .pipe(
        pace({ limit: 3, perMs: 10 }),
        map((n) => {
          times.push(asyncScheduler.now());
          return n;
        }),
        slowly(1),
      )
      .subscribe();
    flush();
    expect(times).toHaveLength(60);
    for (const start of times) expect(times.filter((time) => time >= start && time < start + 10).length).toBeLessThanOrEqual(3);
    expect(times.at(-1)).toBeLessThanOrEqual(200);
  }));

  it('has the next values ready with prefetch before it', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    const source = repeatFetch(({ index }) => {
      calls.note(index);
      return index;
    });
    expectObservable(source.pipe(prefetch(2), pace({ limit: 1, perMs: 10 })), '^----!');
    flush();
    expect(calls.count).toBe(3);
  }));

  it('ends its timer and leaves its source when it is unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                               (abc)---|');
    expectObservable(source.pipe(pace({ limit: 1, perMs: 4 })), '^-----!').toBe('a---b--');
    expectSubscriptions(source.subscriptions).toBe('                    ^-----!');
  }));

  it('lets its source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ expectObservable }) => {
    const shared = fromPull('abcd').pipe(share());
    expectObservable(shared.pipe(pace({ limit: 1, perMs: 100 })), '^---!').toBe('a----');
    expectObservable(shared).toBe('                                             ----(bcd|)');
  }));

  it('takes values that are fed back inside a delivery', marbles(({ expectObservable, cold }) => {
    const source = new Subject<number>();
    const fed = source.pipe(
      pace({ limit: 1, perMs: 3 }),
      map((n) => {
        if (n < 3) source.next(n + 1);
        else source.complete();
        return String(n);
      }),
    );
    expectObservable(fed).toBe('-1--2--(3|)');
    cold('-x').subscribe(() => source.next(1));
  }));

  it('starts a window of its own for each subscription', marbles(({ cold, expectObservable }) => {
    const paced = cold('(ab|)').pipe(pace({ limit: 1, perMs: 4 }));
    expectObservable(concat(paced, paced)).toBe('a---(ba)(b|)');
    expectObservable(interval(1).pipe(take(0), pace({ limit: 1, perMs: 1 }))).toBe('|');
  }));

  it('leaves no timer behind', () => {
    vi.useFakeTimers();
    fromPull([1, 2, 3]).pipe(pace({ limit: 1, perMs: 1000 })).subscribe().unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('goes on when the clock stands, as it does where a test has set the date', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    vi.spyOn(asyncScheduler, 'now').mockReturnValue(5);
    const passed = vi.fn();
    fromPull([1, 2, 3]).pipe(pace({ limit: 1, perMs: 1000 })).subscribe(passed);
    const counts = [0, 999, 1, 1000].map((ms) => {
      vi.advanceTimersByTime(ms);
      return passed.mock.calls.length;
    });
    expect(counts).toEqual([1, 1, 2, 3]);
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it.each([
    [{ limit: 0, perMs: 1 }, RangeError, 'pace: limit must be a whole number of at least 1, but it is 0'],
    [{ limit: Infinity, perMs: 1 }, RangeError, 'pace: limit must be a whole number of at least 1, but it is Infinity'],
    [{ limit: '1', perMs: 1 }, TypeError, "pace: limit must be a whole number of at least 1, but it is '1'"],
    [{ perMs: 1 }, TypeError, 'pace: limit must be a whole number of at least 1, but it is undefined'],
    [{ limit: 1, perMs: 0 }, RangeError, 'pace: perMs must be a number of milliseconds from 1 to 2147483647, but it is 0'],
    [{ limit: 1, perMs: Infinity }, RangeError, 'pace: perMs must be a number of milliseconds from 1 to 2147483647, but it is Infinity'],
    [{ limit: 1 }, TypeError, 'pace: perMs must be a number of milliseconds from 1 to 2147483647, but it is undefined'],
    [{ limit: 1, perMs: 1, burst: 2 }, TypeError, "pace: there is no option 'burst' (got 2); it takes limit, perMs"],
    [undefined, TypeError, 'pace: options must be an object, but they are undefined'],
  ])('refuses %o', (options, kind, message) => {
    expect(() => pace(options as never)).toThrow(new kind(message));
  });
});
