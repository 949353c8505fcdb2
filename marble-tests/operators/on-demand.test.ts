import { BehaviorSubject, concat, EMPTY, from, NEVER, of, share, Subject, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { fromPull, onDemand, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, holdFirst, slowly } from '../probes.js';

/** Digits as marbles show them, as numbers. */
const numbers = { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 9: 9 };

describe('onDemand', () => {
  it('lets through as many as the latest number says', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const wanted = cold('                                                      -2----3---5----', numbers);
    expectObservable(fromPull('abcdefgh').pipe(onDemand(wanted)), '^-------------!').toBe('-(ab)-c---(de)-');
    expectSubscriptions(wanted.subscriptions).toBe('                               ^-------------!');
  }));

  it('subscribes to the source at the first number above 0', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const wanted = cold('                               -0-2-----|', numbers);
    const source = cold('                                  -a-b-c|');
    expectObservable(source.pipe(onDemand(wanted))).toBe('----a-b--|');
    expectSubscriptions(source.subscriptions).toBe('   ---^-----!');
    expectSubscriptions(wanted.subscriptions).toBe('   ^--------!');
  }));

  it('ignores numbers that repeat or fall, for they are a running total', marbles(({ cold, expectObservable }) => {
    const wanted = cold('                                          (22120)-3--|', numbers);
    expectObservable(fromPull('abcdef').pipe(onDemand(wanted))).toBe('(ab)----c--|');
  }));

  it('holds the source, and calls no more than is wanted', marbles(({ cold, expectObservable }) => {
    const calls = new Calls<string>();
    const source = repeatFetch(({ index }) => {
      calls.note('abcdef'[index]!);
      return 'abcdef'[index];
    });
    expectObservable(calls.made$).toBe('                                      -(ab)--c--');
    expectObservable(source.pipe(onDemand(cold('-2-----3--', numbers)))).toBe('-(ab)--c--');
  }));

  it('has the next values ready with prefetch before it', marbles(({ cold, expectObservable }) => {
    const calls = new Calls<string>();
    const source = repeatFetch(({ index }) => {
      calls.note('abcdef'[index]!);
      return after(1, 'abcdef'[index]);
    });
    expectObservable(calls.made$).toBe('                                      -abc-----d----');
    expectObservable(source.pipe(prefetch(2), onDemand(cold('-1-------2--', numbers)))).toBe('--a------b--');
  }));

  it('keeps what comes unwanted from a source that cannot be held', marbles(({ cold, expectObservable }) => {
    const wanted = cold('                                            1-----3-----', numbers);
    expectObservable(cold('ab-c-d-------').pipe(onDemand(wanted))).toBe('a-----(bc)--');
  }));

  it('never lets more through than a number that is not whole', marbles(({ cold, expectObservable }) => {
    const wanted = cold('                                           (vw)x--|', { v: 0.5, w: 2.5, x: 3.1 });
    expectObservable(fromPull('abcde').pipe(onDemand(wanted))).toBe('(ab)c--|');
  }));

  it('lets everything through with Infinity', marbles(({ expectObservable }) => {
    expectObservable(fromPull('abc').pipe(onDemand(of(Infinity)))).toBe('(abc|)');
  }));

  it('completes with its source', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const wanted = cold('                                5-------', numbers);
    expectObservable(cold('-a-|').pipe(onDemand(wanted))).toBe('-a-|');
    expectSubscriptions(wanted.subscriptions).toBe('     ^--!');
    expectObservable(EMPTY.pipe(onDemand(cold('-5', numbers)))).toBe('-|');
  }));

  it('completes when wanted$ has and its total is reached', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                           -a-b-c-d');
    expectObservable(source.pipe(onDemand(cold('2|', numbers)))).toBe('-a-(b|)');
    expectSubscriptions(source.subscriptions).toBe('                ^--!');
    expectObservable(cold('-a-b-c').pipe(onDemand(cold('2----|', numbers)))).toBe('-a-b-|');
    expectObservable(cold('-a-b-c').pipe(onDemand(cold('--|')))).toBe('--|');
    expectObservable(cold('-a-b-c').pipe(onDemand(EMPTY))).toBe('|');
    expectObservable(cold('-a-b-c').pipe(onDemand(NEVER))).toBe('---');
  }));

  it('completes when wanted$ has, though the source has ended with more', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abc|)').pipe(onDemand(cold('2-----|', numbers)))).toBe('(ab)--|');
    expectObservable(cold('(abc#)').pipe(onDemand(cold('2-----|', numbers)))).toBe('(ab)--|');
    expectObservable(cold('(abc|)').pipe(onDemand(cold('(2|)', numbers)))).toBe('  (ab|)');
  }));

  it('lets an error of the source come after the wanted values before it', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a-#').pipe(onDemand(cold('5', numbers)))).toBe('-a-#');
    expectObservable(cold('(ab#)').pipe(onDemand(cold('1----2', numbers)))).toBe('a----(b#)');
  }));

  it('makes an error of wanted$ its own, after what is wanted', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                                          -a-b-c');
    expectObservable(source.pipe(onDemand(cold('9---#', numbers)))).toBe('-a-b#');
    expectSubscriptions(source.subscriptions).toBe('               ^---!');
    const held = fromPull('abc').pipe(onDemand(cold('2---#', numbers)), slowly(3));
    expectObservable(held).toBe('---a--(b#)');
    expectObservable(fromPull('a').pipe(onDemand(cold('--#')))).toBe('--#');
  }));

  it('makes an error of wanted$ its own, though the source has ended with more', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abc|)').pipe(onDemand(cold('2-----#', numbers)))).toBe('(ab)--#');
  }));

  it('keeps to an error of wanted$ when that ends while the error waits', marbles(({ cold, expectObservable }) => {
    const wanted = cold('1-x|', { 1: 1, x: Number.NaN });
    const held = fromPull('ab').pipe(onDemand(wanted), holdFirst(cold('-----x')));
    expectObservable(held).toBe('a----#', undefined, new TypeError('onDemand: wanted$ must emit numbers, but it emitted NaN'));
  }));

  it('keeps the end that came first when nothing waits but that end', marbles(({ cold, expectObservable }) => {
    const ended = cold('(a|)').pipe(onDemand(cold('9--#', numbers)), holdFirst(cold('-----x')));
    expectObservable(ended).toBe('a----|');
  }));

  it.each([['3'], [Number.NaN], [undefined], [null]])('refuses %s from wanted$', (total) => {
    const seen: unknown[] = [];
    fromPull([1, 2]).pipe(onDemand(from([1, total as never]))).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error) });
    const shown = typeof total === 'string' ? `'${total}'` : String(total);
    expect(seen).toEqual([1, new TypeError(`onDemand: wanted$ must emit numbers, but it emitted ${shown}`)]);
  });

  it('waits for its consumer', marbles(({ cold, expectObservable }) => {
    expectObservable(fromPull('abc').pipe(onDemand(cold('9', numbers)), slowly(2))).toBe('--a-b-(c|)');
    expectObservable(fromPull('abc').pipe(onDemand(cold('9-----', numbers)), holdFirst(cold('----x')))).toBe('a---(bc|)');
  }));

  it('completes with a pausable source when more is wanted than that has: until then it is held', marbles(({ cold, expectObservable }) => {
    expectObservable(fromPull('ab').pipe(onDemand(cold('2-----3--', numbers)))).toBe('(ab)--|');
  }));

  it('leaves both when it is unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const wanted = cold('                                      -5----', numbers);
    const source = cold('                                       -a--b--');
    expectObservable(source.pipe(onDemand(wanted)), '^---!').toBe('--a--');
    expectSubscriptions(source.subscriptions).toBe('           -^--!');
    expectSubscriptions(wanted.subscriptions).toBe('           ^---!');
  }));

  it('lets its source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ cold, expectObservable }) => {
    const shared = repeatFetch(({ index }) => after(1, 'abcd'[index])).pipe(share());
    expectObservable(shared.pipe(onDemand(cold('1-----', numbers))), '^---!').toBe('-a---');
    expectObservable(shared).toBe('                                                 -a---bcd|');
  }));

  it('wants more inside a delivery', () => {
    const wanted = new BehaviorSubject(1);
    const seen: number[] = [];
    fromPull(function* () {
      for (let n = 1; ; n++) yield n;
    })
      .pipe(onDemand(wanted))
      .subscribe((n) => {
        seen.push(n);
        if (n < 5) wanted.next(n + 1);
        else wanted.complete();
      });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes wanted$ from a pausable source without holding it', () => {
    const wanted: unknown[] = [];
    const totals = fromPull([1, 2, 3]).pipe(tap((total) => wanted.push(total)));
    const seen: unknown[] = [];
    of('a', 'b', 'c', 'd').pipe(onDemand(totals)).subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
    expect([wanted, seen]).toEqual([[1, 2, 3], ['a', 'b', 'c', 'complete']]);
    expect(currentValve()).toBeUndefined();
  });

  it('stops inside a delivery', () => {
    const wanted = new Subject<number>();
    const seen: number[] = [];
    fromPull([1, 2, 3]).pipe(onDemand(wanted), take(2)).subscribe((n) => seen.push(n));
    wanted.next(3);
    expect([seen, wanted.observed]).toEqual([[1, 2], false]);
  });

  it('can be subscribed again, and counts anew', marbles(({ cold, expectObservable }) => {
    const some = fromPull('abc').pipe(onDemand(cold('-2------|', numbers)));
    expectObservable(concat(some, some)).toBe('-(ab)----(ab)---|');
  }));

  it.each([[undefined], [5], [[1, 2]], [() => of(1)]])('refuses %s for wanted$', (wanted) => {
    expect(() => onDemand(wanted as never)).toThrow(TypeError);
    expect(() => onDemand(wanted as never)).toThrow(/^onDemand: wanted\$ must be an Observable of numbers, but it is .+/);
  });
});
