import { asyncScheduler, concat, EMPTY, map, merge, NEVER, Observable, of, share, Subject, take, tap, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createValve, currentValve } from '../../src/backpressure/index.js';
import { asyncMap, inline, isTimeout, prefetch, repeatFetch, TIMEOUT, timeoutAsSentinel } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, holdFirst, slowly } from '../probes.js';

/** T is the sentinel, in every marble here. */
const seen = { a: 'a', b: 'b', c: 'c', d: 'd', T: TIMEOUT };

describe('timeoutAsSentinel', () => {
  it('is its source as long as that is in time', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                 -a-b--c-|');
    expectObservable(source.pipe(timeoutAsSentinel(4))).toBe('-a-b--c-|');
    expectSubscriptions(source.subscriptions).toBe('      ^-------!');
  }));

  it('emits the sentinel for a late value, unsubscribes, and completes', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                 a--b---------c|');
    expectObservable(source.pipe(timeoutAsSentinel(5))).toBe('a--b----(T|)', seen);
    expectSubscriptions(source.subscriptions).toBe('      ^-------!');
  }));

  it('lets a value pass that is in time to the millisecond', marbles(({ cold, expectObservable }) => {
    // Of two things in one millisecond the one comes first that was asked for first: here the deadline.
    expectObservable(cold('----a|').pipe(timeoutAsSentinel(5))).toBe('----a|');
    expectObservable(cold('-----a|').pipe(timeoutAsSentinel(5))).toBe('-----(T|)', seen);
  }));

  it('goes on with one sentinel for each gap that elapses', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                                           a--b-------------c----|');
    expectObservable(source.pipe(timeoutAsSentinel(5, { after: 'continue' }))).toBe('a--b----T----T---c----|', seen);
    expectSubscriptions(source.subscriptions).toBe('                                ^---------------------!');
  }));

  it('takes one span for the first value and another between two', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('---a-----b|').pipe(timeoutAsSentinel({ firstMs: 4, eachMs: 8 }))).toBe('---a-----b|');
    expectObservable(cold('---a-----b|').pipe(timeoutAsSentinel({ firstMs: 2, eachMs: 8 }))).toBe('--(T|)', seen);
    expectObservable(cold('---a-----b|').pipe(timeoutAsSentinel({ firstMs: 4, eachMs: 2 }))).toBe('---a-(T|)', seen);
    expectObservable(cold('---a-----b|').pipe(timeoutAsSentinel({ firstMs: 9, eachMs: 2 }))).toBe('---a-(T|)', seen);
    expectObservable(cold('---a-----b|').pipe(timeoutAsSentinel({ firstMs: 4 }))).toBe('           ---a-----b|');
    expectObservable(cold('-----a---b|').pipe(timeoutAsSentinel({ eachMs: 4 }))).toBe('            ----(T|)', seen);
  }));

  it('takes any value for a sentinel, undefined among them', marbles(({ expectObservable }) => {
    expectObservable(NEVER.pipe(timeoutAsSentinel(2, { sentinel: 'late' }))).toBe('     --(T|)', { T: 'late' });
    expectObservable(NEVER.pipe(timeoutAsSentinel(2, { sentinel: null }))).toBe('       --(T|)', { T: null });
    expectObservable(NEVER.pipe(timeoutAsSentinel(2, { sentinel: undefined }))).toBe('  --(T|)', { T: undefined });
  }));

  it('is empty with an empty source, and passes errors', marbles(({ cold, expectObservable }) => {
    expectObservable(EMPTY.pipe(timeoutAsSentinel(2))).toBe('       |');
    expectObservable(cold('--a-|').pipe(timeoutAsSentinel(3))).toBe('--a-|');
    expectObservable(cold('--a-#').pipe(timeoutAsSentinel(3))).toBe('--a-#');
    expectObservable(throwError(() => 'failed').pipe(timeoutAsSentinel(2))).toBe('#', undefined, 'failed');
  }));

  it('stands while it is held: it measures the source, not the consumer', marbles(({ expectObservable }) => {
    const source = repeatFetch(({ index }) => after(3, 'abc'[index]));
    expectObservable(source.pipe(timeoutAsSentinel(4), slowly(20))).toBe('23ms a 22ms b 22ms c 2ms |');
    const late = repeatFetch(({ index }) => after(index === 2 ? 5 : 3, 'abc'[index]));
    expectObservable(late.pipe(timeoutAsSentinel(4), slowly(20))).toBe('  23ms a 22ms b 23ms (T|)', seen);
  }));

  it('stands while its upstream is held by another, and goes on with what is left', marbles(({ cold, expectObservable }) => {
    // a comes in frame 1; 2 ms of the 5 have passed when the source is held, for 20.
    const source = repeatFetch(({ index }) => (index === 0 ? after(1, 'a') : NEVER)).pipe(holdLater(cold('---x'), cold('23ms x')));
    expectObservable(source.pipe(timeoutAsSentinel(5))).toBe('-a 24ms (T|)', seen);
  }));

  it('stands while its own output is held from outside, and goes on with what is left', marbles(({ cold, expectObservable }) => {
    const source = repeatFetch(({ index }) => (index === 0 ? after(1, 'a') : NEVER));
    const held = source.pipe(timeoutAsSentinel(5), holdLater(cold('---x'), cold('23ms x')));
    expectObservable(held).toBe('-a 24ms (T|)', seen);
  }));

  it('stands as long as any of both is held', marbles(({ cold, expectObservable }) => {
    const source = repeatFetch(({ index }) => (index === 0 ? after(1, 'a') : NEVER)).pipe(holdLater(cold('---x'), cold('10ms x')));
    const held = source.pipe(timeoutAsSentinel(5), holdLater(cold('-----x'), cold('20ms x')));
    expectObservable(held).toBe('-a 21ms (T|)', seen);
  }));

  it('stands for no time when a hold is released at once', marbles(({ expectObservable }) => {
    const source = repeatFetch(({ index }) => (index === 0 ? after(1, 'a') : NEVER)).pipe(tap(() => currentValve()?.hold()()));
    expectObservable(source.pipe(timeoutAsSentinel(5))).toBe('-a----(T|)', seen);
  }));

  it('looks at the source of the latest value where several are merged', marbles(({ cold, expectObservable }) => {
    const held = repeatFetch(({ index }) => (index === 0 ? after(1, 'a') : NEVER)).pipe(holdLater(cold('--x'), NEVER));
    const open = repeatFetch(({ index }) => (index === 0 ? after(4, 'b') : NEVER));
    expectObservable(merge(held, open).pipe(timeoutAsSentinel(5))).toBe('-a--b----(T|)', seen);
  }));

  it('holds its source while the consumer has no room, and what comes then waits', marbles(({ cold, expectObservable }) => {
    const unstoppable = cold('-abc|');
    expectObservable(unstoppable.pipe(timeoutAsSentinel(5), slowly(10))).toBe('11ms a 9ms b 9ms (c|)');
    expectObservable(cold('-a|').pipe(timeoutAsSentinel(5), holdFirst(cold('-------x')))).toBe('-a------|');
  }));

  it('times the refilling, not the waiting, of a prefetch before it', marbles(({ expectObservable }) => {
    const source = repeatFetch(({ index }) => after(3, 'abcd'[index])).pipe(prefetch(1));
    expectObservable(source.pipe(timeoutAsSentinel(4), slowly(10))).toBe('13ms a 9ms b 9ms c 9ms (d|)');
  }));

  it('stops a task for good', marbles(({ expectObservable, flush }) => {
    let aborted = false;
    const { tasks } = inline({
      search: () => NEVER.pipe(finalizeInto(() => { aborted = true; })),
    });
    expectObservable(tasks.search().pipe(timeoutAsSentinel(5))).toBe('-----(T|)', seen);
    flush();
    expect(aborted).toBe(true);
  }));

  it('ends its timer and leaves its source when it is unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                  -a------');
    expectObservable(source.pipe(timeoutAsSentinel(5)), '  ^---!').toBe('-a---');
    expectSubscriptions(source.subscriptions).toBe('       ^---!');
  }));

  it('leaves no timer behind, whatever ends it', () => {
    vi.useFakeTimers();
    NEVER.pipe(timeoutAsSentinel(1000)).subscribe().unsubscribe();
    of(1).pipe(timeoutAsSentinel(1000)).subscribe();
    throwError(() => 1).pipe(timeoutAsSentinel(1000)).subscribe({ error: () => {} });
    merge(of(1), NEVER).pipe(timeoutAsSentinel(1000), take(1)).subscribe();
    merge(of(1), NEVER).pipe(timeoutAsSentinel({ firstMs: 1000 })).subscribe().unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('leaves nobody watching the valves of its sources', () => {
    const valves = [createValve(() => {}), createValve(() => {})];
    const source = new Observable<number>((subscriber) => {
      for (const valve of valves) valve.next(subscriber, 1);
    });
    source.pipe(timeoutAsSentinel(1000)).subscribe().unsubscribe();
    of(1).pipe(asyncMap(() => source, { timeoutMs: 1000 })).subscribe().unsubscribe();
    const watchers = Symbol.for('rxjs-background.valve/1.watchers') as never;
    expect(valves.map((valve) => (valve[watchers] as Set<unknown>).size)).toEqual([0, 0]);
  });

  it('makes no timer for each value', () => {
    vi.useFakeTimers();
    const set = vi.spyOn(globalThis, 'setInterval');
    const source = new Subject<number>();
    const subscription = source.pipe(timeoutAsSentinel(1000)).subscribe();
    for (let n = 0; n < 1000; n++) source.next(n);
    expect(set).toHaveBeenCalledTimes(1);
    subscription.unsubscribe();
    vi.useRealTimers();
  });

  it('is not an hour late when the clock is set back', () => {
    vi.useFakeTimers();
    vi.setSystemTime(10_000_000);
    const late = vi.fn();
    NEVER.pipe(timeoutAsSentinel(1000)).subscribe(late);
    vi.advanceTimersByTime(500);
    vi.setSystemTime(10_000_000 - 3_600_000);
    vi.advanceTimersByTime(2000);
    expect(late).toHaveBeenCalledExactlyOnceWith(TIMEOUT);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('is late when the clock stands, as it does where a test has set the date', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    vi.spyOn(asyncScheduler, 'now').mockReturnValue(5);
    const source = new Subject<number>();
    const seen = vi.fn();
    source.pipe(timeoutAsSentinel(1000)).subscribe(seen);
    vi.advanceTimersByTime(500);
    source.next(1);
    vi.advanceTimersByTime(2000);
    expect(seen.mock.calls).toEqual([[1], [TIMEOUT]]);
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('lets its source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ expectObservable }) => {
    const shared = repeatFetch(({ index }) => after(1, 'abc'[index])).pipe(share());
    expectObservable(shared.pipe(timeoutAsSentinel(5), slowly(100)), '^---!').toBe('----');
    expectObservable(shared).toBe('                                                -a---bc|');
  }));

  it('lets its source go when it gives up, so that a sibling of share goes on', marbles(({ expectObservable }) => {
    const shared = repeatFetch(({ index }) => after(3, 'ab'[index])).pipe(share());
    expectObservable(shared.pipe(timeoutAsSentinel(2))).toBe('--(T|)', seen);
    expectObservable(shared).toBe('---a--b--|');
  }));

  it('takes values that are fed back inside a delivery', marbles(({ cold, expectObservable }) => {
    const source = new Subject<string>();
    const fed = source.pipe(
      timeoutAsSentinel(9),
      map((letter) => {
        if (letter === 'a') source.next('b');
        return letter;
      }),
    );
    expectObservable(fed).toBe('-(ab)-|', seen);
    cold('-a').subscribe((letter) => source.next(letter));
    cold('------x').subscribe(() => source.complete());
  }));

  it('can be subscribed again', marbles(({ cold, expectObservable }) => {
    const timed = cold('-a').pipe(timeoutAsSentinel(3));
    expectObservable(concat(timed, timed)).toBe('-a--Ta--(T|)', seen);
  }));

  it('tells its sentinel from every other value', () => {
    expect([TIMEOUT, undefined, null, Symbol('rxjs-background.timeout'), 'TIMEOUT'].map(isTimeout)).toEqual([true, false, false, false, false]);
    expect(Symbol.for('rxjs-background.timeout')).toBe(TIMEOUT);
  });

  it.each([
    [-1, {}, RangeError, /dueMs must be .*, but it is -1$/],
    [Infinity, {}, RangeError, /dueMs must be .*, but it is Infinity$/],
    ['5', {}, TypeError, /dueMs must be .*, but it is '5'$/],
    [undefined, {}, TypeError, /dueMs must be .*, but it is undefined$/],
    [{}, {}, TypeError, /neither.* firstMs .* eachMs|firstMs, eachMs .* neither/],
    [{ firstMs: -1 }, {}, RangeError, /firstMs must be .*, but it is -1$/],
    [{ firstMs: 1, eachMs: '1' }, {}, TypeError, /eachMs must be .*, but it is '1'$/],
    [{ eachMs: Number.NaN }, {}, RangeError, /Ms must be .*, but it is NaN$/],
    [{ lastMs: 1 }, {}, TypeError, /there is no option 'lastMs' \(got 1\); it takes firstMs, eachMs$/],
    [1, { after: 'stop' }, RangeError, /after must be 'complete' or 'continue', but it is 'stop'$/],
    [1, { after: 1 }, TypeError, /after must be 'complete' or 'continue', but it is 1$/],
    [1, { value: 1 }, TypeError, /there is no option 'value' \(got 1\); it takes sentinel, after$/],
    [1, 1, TypeError, /options must be an object, but they are 1$/],
  ])('refuses timeoutAsSentinel(%o, %o)', (due, options, kind, message) => {
    const call = (): unknown => timeoutAsSentinel(due as never, options as never);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
    expect(call).toThrow(/^timeoutAsSentinel: /);
  });
});

/** Takes a hold on the valve of the first delivery when `from$` emits, until `to$` does. */
function holdLater<T>(from$: Observable<unknown>, to$: Observable<unknown>): (source: Observable<T>) => Observable<T> {
  let valve: ReturnType<typeof currentValve>;
  let release: (() => void) | undefined;
  from$.subscribe(() => {
    release = valve?.hold();
  });
  to$.subscribe(() => release?.());
  return tap(() => {
    valve ??= currentValve();
  });
}

function finalizeInto<T>(work: () => void): (source: Observable<T>) => Observable<T> {
  return (source) => source.pipe(tap({ unsubscribe: work }));
}
