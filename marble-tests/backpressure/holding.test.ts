import { concat, concatMap, EMPTY, NEVER, Observable, of, range, share, Subject, switchMap, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentValve, holding, type Valve } from '../../src/backpressure/index.js';
import { fromPull, prefetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, holdFirst, seeValve, slowly } from '../probes.js';

function counting(calls: Calls<string>, letters = 'abc'): Observable<string> {
  return fromPull(function* () {
    for (const letter of letters) {
      calls.note(letter);
      yield letter;
    }
  });
}

describe('holding', () => {
  it('holds the source until the inner stream has completed', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('   a---b---c------');
    const mapped = counting(calls).pipe(concatMap((letter) => holding(after(4, letter))));
    expectObservable(mapped).toBe('        ----a---b---(c|)');
  }));

  it('leaves prefetch exactly its count ahead', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('   (abc)d----e---------');
    const mapped = counting(calls, 'abcde').pipe(prefetch(2), concatMap((letter) => holding(after(5, letter))));
    expectObservable(mapped).toBe('        -----a----b----c----d----(e|)');
  }));

  it('is the inner stream as it is outside a delivery', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const inner = cold('           -a-b-|');
    expectObservable(holding(inner)).toBe('-a-b-|');
    expectSubscriptions(inner.subscriptions).toBe('^----!');
  }));

  it('passes an inner error on and lets the source go', marbles(({ cold, expectObservable }) => {
    const at: { valve: Valve | undefined } = { valve: undefined };
    const failing = cold('                 --#');
    const mapped = fromPull(['a']).pipe(seeValve(at), concatMap(() => holding(failing)));
    expectObservable(mapped).toBe('        --#');
    expectObservable(after(1, 0).pipe(concatMap(() => of(at.valve?.held)))).toBe('-(t|)', { t: true });
    expectObservable(after(3, 0).pipe(concatMap(() => of(at.valve?.held)))).toBe('---(f|)', { f: false });
  }));

  it('lets the source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ expectObservable, expectSubscriptions, cold }) => {
    const shared = counting(new Calls()).pipe(share());
    const inner = cold('           --------|');
    expectObservable(shared.pipe(concatMap(() => holding(inner))), '^---!').toBe('-----');
    expectObservable(shared).toBe('----(bc|)');
    expectSubscriptions(inner.subscriptions).toBe('^---!');
  }));

  it('passes over an empty inner stream and waits for one that never ends', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('(ab)');
    const mapped = counting(calls).pipe(concatMap((letter) => holding(letter === 'a' ? EMPTY : NEVER)));
    expectObservable(mapped).toBe('----------');
  }));

  it('takes promises and other inputs', async () => {
    const seen: number[] = [];
    await fromPull([1, 2, 3])
      .pipe(concatMap((value) => holding(Promise.resolve(value * 10))))
      .forEach((value) => seen.push(value));
    expect(seen).toEqual([10, 20, 30]);
  });

  it('fails as from does when it is given no stream', marbles(({ expectObservable }) => {
    expectObservable(holding(5 as never)).toBe('#', {}, expect.any(TypeError));
  }));

  it('stops a synchronous inner stream that would go on for ever', () => {
    const seen: number[] = [];
    fromPull([0]).pipe(concatMap(() => holding(range(0, 1_000_000_000))), take(3)).subscribe((value) => seen.push(value));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('calls the inner stream with no valve current, so that it cannot hold its own host', () => {
    const seen: (Valve | undefined)[] = [];
    const inner = new Observable<never>((subscriber) => {
      seen.push(currentValve());
      subscriber.complete();
    });
    fromPull([1, 2]).pipe(concatMap(() => holding(inner))).subscribe();
    expect(seen).toEqual([undefined, undefined]);
  });

  it('lets a pausable inner stream be held instead of the source', marbles(({ cold, expectObservable }) => {
    const inner = new Calls<string>();
    expectObservable(inner.made$).toBe(' a----(bc)');
    const mapped = fromPull([1]).pipe(concatMap(() => holding(counting(inner))), holdFirst(cold('-----x')));
    expectObservable(mapped).toBe('     a----(bc|)');
  }));

  it('gives the values of an inner stream that cannot be held the valve of the source', marbles(({ expectObservable }) => {
    const at: { valve: Valve | undefined } = { valve: undefined };
    const outer: { valve: Valve | undefined } = { valve: undefined };
    const mapped = fromPull(['a']).pipe(seeValve(outer), concatMap((letter) => holding(after(2, letter))), seeValve(at));
    expectObservable(mapped).toBe('--(a|)');
    expectObservable(after(3, 0).pipe(concatMap(() => of(at.valve === outer.valve && at.valve !== undefined)))).toBe('---(t|)', { t: true });
  }));

  it('holds for the latest under switchMap, too', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('       a--b--c-----');
    expectObservable(counting(calls).pipe(switchMap((letter) => holding(after(3, letter))))).toBe('---a--b--(c|)');
  }));

  it('keeps the pressure over concat: the next source is not begun while this one is held', marbles(({ expectObservable }) => {
    const first = new Calls<string>();
    const second = new Calls<string>();
    expectObservable(first.made$).toBe('   a--b-------');
    expectObservable(second.made$).toBe('  ------c--d--');
    const both = concat(counting(first, 'ab'), counting(second, 'cd')).pipe(concatMap((letter) => holding(after(3, letter))));
    expectObservable(both).toBe('          ---a--b--c--(d|)');
  }));

  it('goes on after a synchronous error was caught inside', () => {
    const subject = new Subject<number>();
    const seen: unknown[] = [];
    fromPull([1, 2])
      .pipe(concatMap(() => holding(throwError(() => 'wrong'))))
      .subscribe({ error: (error: unknown) => seen.push(error) });
    subject.complete();
    expect(seen).toEqual(['wrong']);
    expect(currentValve()).toBeUndefined();
  });

  it('delivers what a long inner stream brings through a prefetch while it goes on', marbles(({ cold, expectObservable }) => {
    const inner = cold('                                                        a-b-c--|');
    const held = fromPull([0]).pipe(concatMap(() => holding(inner)), prefetch(2), slowly(1));
    expectObservable(held).toBe('                                               -a-b-c-|');
  }));
});
