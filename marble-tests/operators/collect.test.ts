import { concat, EMPTY, NEVER, of, Subject, take, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { collect, fromPull, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, holdFirst, slowly } from '../probes.js';

/** Names for the arrays that appear in marbles: upper case stands for several. */
const arrays = { a: ['a'], b: ['b'], c: ['c'], d: ['d'], e: ['e'], f: ['f'], A: ['a', 'b'], B: ['a', 'b', 'c'], C: ['c', 'd'], D: ['d', 'e'], E: ['e', 'f'] };

describe('collect', () => {
  it('emits arrays of its size, and what is left at the end', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                         -a-b-c-d-e-|');
    expectObservable(source.pipe(collect(2))).toBe('---A---C---(e|)', arrays);
    expectSubscriptions(source.subscriptions).toBe('^----------!');
  }));

  it('emits each value alone with a size of 1', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a-(bc)-|').pipe(collect(1))).toBe('-a-(bc)-|', arrays);
  }));

  it('is never an empty array', marbles(({ cold, expectObservable }) => {
    expectObservable(EMPTY.pipe(collect(2))).toBe('                            |');
    expectObservable(NEVER.pipe(collect(2, { maxWaitMs: 2 }))).toBe('           -');
    expectObservable(cold('--------|').pipe(collect(2, { maxWaitMs: 2 }))).toBe('--------|');
    expectObservable(cold('ab------|').pipe(collect(2, { maxWaitMs: 3 }))).toBe('-A------|', arrays);
  }));

  it('emits what it has after maxWaitMs, counted from the first value of the array', marbles(({ cold, expectObservable }) => {
    const source = cold('                                           a-b-c-d----------e|');
    expectObservable(source.pipe(collect(3, { maxWaitMs: 6 }))).toBe('----B-------d-----(e|)', arrays);
    const late = cold('                                              a--b------c|');
    expectObservable(late.pipe(collect(3, { maxWaitMs: 4 }))).toBe('  ----A------(c|)', arrays);
  }));

  it('waits no time with maxWaitMs: 0, but for what comes at once', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-(ab)-c|').pipe(collect(3, { maxWaitMs: 0 }))).toBe('-A----c|', arrays);
  }));

  it('lets an error come after what was collected before it', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a-b-c-#').pipe(collect(2))).toBe('---A---(c#)', arrays);
    expectObservable(cold('-#').pipe(collect(2))).toBe('      -#');
  }));

  it('holds the source while an array waits for its consumer', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    const source = repeatFetch(({ index }) => {
      if (index === 6) return undefined;
      calls.note('abcdef'[index]!);
      return after(1, 'abcdef'[index]);
    });
    expectObservable(calls.made$).toBe('                         ab----cd----ef------');
    expectObservable(source.pipe(collect(2), slowly(4))).toBe('------A-----C-----(E|)', arrays);
  }));

  it('collects ahead with prefetch behind it', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    const source = repeatFetch(({ index }) => {
      calls.note(index);
      return index;
    });
    expectObservable(source.pipe(collect(3), prefetch(1), slowly(10)), '^----!');
    flush();
    expect(calls.count).toBe(6);
  }));

  it('keeps full arrays of a source that cannot be held, in order', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abcdef|)').pipe(collect(2), slowly(3))).toBe('---A--C--(E|)', arrays);
  }));

  it('emits an array whose time has come while it was held, when it is let go', marbles(({ cold, expectObservable }) => {
    const source = cold('                                                           ab-c-----d-|');
    expectObservable(source.pipe(collect(2, { maxWaitMs: 2 }), holdFirst(cold('------x')))).toBe('-A-----c---(d|)', arrays);
  }));

  it('drops what it has, and its timer, when it is unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                                -a------');
    expectObservable(source.pipe(collect(2, { maxWaitMs: 4 })), '^--!').toBe('----');
    expectSubscriptions(source.subscriptions).toBe('                    ^--!');
  }));

  it('keeps its values apart: an array is the consumer’s own', () => {
    const seen: number[][] = [];
    of(1, 2, 3, 4).pipe(collect(2)).subscribe((array) => {
      seen.push([...array]);
      array.length = 0;
    });
    expect(seen).toEqual([[1, 2], [3, 4]]);
  });

  it('takes values that are fed back inside a delivery', () => {
    const source = new Subject<number>();
    const seen: number[][] = [];
    source.pipe(collect(2)).subscribe((array) => {
      seen.push(array);
      if (seen.length < 3) {
        source.next(10 * seen.length);
        source.next(10 * seen.length + 1);
      } else source.complete();
    });
    source.next(1);
    source.next(2);
    expect(seen).toEqual([[1, 2], [10, 11], [20, 21]]);
  });

  it('stops inside a delivery', () => {
    const seen: number[][] = [];
    fromPull(function* () {
      for (let n = 0; ; n++) yield n;
    }).pipe(collect(2), take(2)).subscribe((array) => seen.push(array));
    expect(seen).toEqual([[0, 1], [2, 3]]);
  });

  it('can be subscribed again', marbles(({ cold, expectObservable }) => {
    const collected: Observable<string[]> = cold('-ab-c|').pipe(collect(2));
    expectObservable(concat(collected, collected)).toBe('--A--c-A--(c|)', arrays);
  }));

  it.each([
    [0, {}, RangeError, 'collect: size must be a whole number of at least 1, but it is 0'],
    [1.5, {}, RangeError, 'collect: size must be a whole number of at least 1, but it is 1.5'],
    [Infinity, {}, RangeError, 'collect: size must be a whole number of at least 1, but it is Infinity'],
    ['2', {}, TypeError, "collect: size must be a whole number of at least 1, but it is '2'"],
    [undefined, {}, TypeError, 'collect: size must be a whole number of at least 1, but it is undefined'],
    [2, { maxWaitMs: -1 }, RangeError, 'collect: maxWaitMs must be a number of milliseconds from 0 to 2147483647, but it is -1'],
    [2, { maxWaitMs: Number.NaN }, RangeError, 'collect: maxWaitMs must be a number of milliseconds from 0 to 2147483647, but it is NaN'],
    [2, { maxWaitMs: Infinity }, RangeError, 'collect: maxWaitMs must be a number of milliseconds from 0 to 2147483647, but it is Infinity'],
    [2, { maxWaitMs: '5' }, TypeError, "collect: maxWaitMs must be a number of milliseconds from 0 to 2147483647, but it is '5'"],
    [2, { maxWait: 5 }, TypeError, "collect: there is no option 'maxWait' (got 5); it takes maxWaitMs"],
    [2, 5, TypeError, 'collect: options must be an object, but they are 5'],
  ])('refuses collect(%s, %o)', (size, options, kind, message) => {
    expect(() => collect(size as never, options as never)).toThrow(new kind(message));
  });
});
