import { concat, EMPTY, NEVER, of, share, Subject, take, takeUntil, throwError, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { flatten, fromPull, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, Calls, slowly } from '../probes.js';

/** A pausable source of pages that takes `ms` for each, and notes its fetches. */
function pages<P>(all: readonly P[], ms: number, calls = new Calls<number>()): Observable<P> {
  return repeatFetch(({ index }) => {
    calls.note(index);
    return after(ms, all[index] as NonNullable<P> | undefined);
  });
}

describe('flatten', () => {
  it('emits rows one at a time, and fetches the next page when all are taken', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    const fetched = repeatFetch(({ index }) => {
      calls.note(String(index));
      return after(2, ['abc', 'de'][index]);
    });
    expectObservable(calls.made$).toBe('                                       0-------------1---------2--');
    expectObservable(fetched.pipe(flatten(), slowly(4))).toBe('------a---b---c-----d---e-|');
  }));

  it('delivers a page at once to a consumer that takes it', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('                      -x---y-|', { x: 'ab', y: 'c' });
    expectObservable(source.pipe(flatten())).toBe('-(ab)c-|');
    expectSubscriptions(source.subscriptions).toBe('^------!');
  }));

  it('passes over empty pages, and is empty with an empty source', marbles(({ expectObservable }) => {
    expectObservable(of([], ['a'], [], []).pipe(flatten())).toBe('(a|)');
    expectObservable((EMPTY as Observable<string[]>).pipe(flatten())).toBe('|');
    expectObservable((NEVER as Observable<string[]>).pipe(flatten())).toBe('-');
  }));

  it('lets an error of the source wait for the rows before it', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(x#)', { x: 'abc' }).pipe(flatten(), slowly(2))).toBe('--a-b-(c#)');
  }));

  it('takes rows from what project gives, with the index of the page', () => {
    const seen: unknown[] = [];
    of({ rows: [1, 2] }, { rows: [3] }).pipe(flatten((page, index) => page.rows.map((row) => [index, row]))).subscribe((row) => seen.push(row));
    expect(seen).toEqual([[0, 1], [0, 2], [1, 3]]);
  });

  it.each([
    ['an array', ['a', 'b']],
    ['a string', 'ab'],
    ['a set', new Set('ab')],
    ['an Observable', of('a', 'b')],
    ['a pausable source', fromPull('ab')],
  ] as [string, Iterable<string> | Observable<string>][])('takes rows from %s', (_what, page) => {
    marbles(({ expectObservable }) => {
      expectObservable(of(page).pipe(flatten(), slowly(2))).toBe('--a-(b|)');
    })();
  });

  it('takes rows from promises, async iterables and web streams', async () => {
    const seen: unknown[] = [];
    const sources = [
      Promise.resolve(1),
      (async function* () {
        yield await Promise.resolve(2);
      })(),
      new ReadableStream<number>({ start: (controller) => { controller.enqueue(3); controller.close(); } }),
    ];
    await of(...sources).pipe(flatten((page) => page as Promise<number>)).forEach((row) => seen.push(row));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('fails after the rows before it: with a page, project, or what is no page', () => {
    const outcome = (page: unknown, project = (given: unknown): unknown => given): unknown[] => {
      const seen: unknown[] = [];
      of(['a'], page).pipe(flatten(project as () => string)).subscribe({ next: (row) => seen.push(row), error: (error: unknown) => seen.push(error) });
      return seen;
    };
    expect(outcome(throwError(() => 'failed'))).toEqual(['a', 'failed']);
    expect(outcome(function* () { yield 'b'; throw new Error('thrown'); }())).toEqual(['a', 'b', new Error('thrown')]);
    const advice = (page: string): TypeError =>
      new TypeError(`flatten: project must give an array, or something else with rows in it, but it gave ${page}; give [] where there are none.`);
    expect(outcome(5)).toEqual(['a', advice('5')]);
    expect(outcome(undefined)).toEqual(['a', advice('undefined')]);
    expect(outcome({})).toEqual(['a', advice('an object')]);
    expect(outcome(() => [])).toEqual(['a', advice('a function')]);
    const project = (page: unknown): unknown => {
      if (page === 'wrong') throw new Error('project');
      return page;
    };
    expect(outcome('wrong', project)).toEqual(['a', new Error('project')]);
  });

  it('leaves the source and the page when it is unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
    const returned = vi.fn();
    const source = cold('                                    -x---');
    const page = {
      [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 'r' }), return: returned }),
    } as unknown as Iterable<string>;
    expectObservable(source.pipe(flatten(() => page), slowly(2)), '^----!').toBe('---r-');
    expectSubscriptions(source.subscriptions).toBe('         ^----!');
    flush();
    expect(returned).toHaveBeenCalledTimes(1);
  }));

  it('stops inside a row', () => {
    const seen: number[] = [];
    const endless = function* (): Generator<number> {
      for (let n = 1; ; n++) yield n;
    };
    of(0).pipe(flatten(endless), take(3)).subscribe((n) => seen.push(n));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('calls project no more when its subscriber leaves inside it', () => {
    const leave = new Subject<void>();
    const project = vi.fn(() => {
      leave.next();
      return [1];
    });
    const seen = vi.fn();
    of(1, 2).pipe(flatten(project), takeUntil(leave)).subscribe(seen);
    expect([project.mock.calls.length, seen.mock.calls.length]).toEqual([1, 0]);
  });

  it('calls project with no valve current', () => {
    const seen: unknown[] = [];
    fromPull([1]).pipe(flatten(() => { seen.push(currentValve()); return []; })).subscribe();
    expect(seen).toEqual([undefined]);
  });

  it('takes the next page while the rows of this one are worked on, with prefetch before it', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    const rows = pages(['abc', 'def', 'ghi'], 1, calls).pipe(prefetch(1), flatten(), slowly(10));
    expectObservable(rows, '^----!');
    flush();
    expect(calls.count).toBe(2);
  }));

  it('keeps the rows ready that prefetch behind it asks for', marbles(({ expectObservable, flush }) => {
    const pulled = vi.fn();
    const page = function* (): Generator<string> {
      for (const row of 'abcdef') {
        pulled(row);
        yield row;
      }
    };
    expectObservable(of(0).pipe(flatten(page), prefetch(2), slowly(10)), '^----!');
    flush();
    expect(pulled).toHaveBeenCalledTimes(3);
  }));

  it('lets its source go when it is unsubscribed, so that a sibling of share goes on', marbles(({ expectObservable }) => {
    const shared = pages(['ab', 'cd'], 1).pipe(share());
    expectObservable(shared.pipe(flatten(), slowly(100)), '^---!').toBe('----');
    expectObservable(shared).toBe('                                    -x---y|', { x: 'ab', y: 'cd' });
  }));

  it('takes a page that is fed back inside a row', () => {
    const source = new Subject<number[]>();
    const seen: number[] = [];
    source.pipe(flatten()).subscribe((n) => {
      seen.push(n);
      if (n === 2) source.next([10, 20]);
      if (n === 20) source.complete();
    });
    source.next([1, 2, 3]);
    expect(seen).toEqual([1, 2, 3, 10, 20]);
  });

  it('emits a hundred thousand rows of a page, and of as many pages, without growing the stack', () => {
    let count = 0;
    const many = function* (): Generator<number> {
      for (let n = 0; n < 100_000; n++) yield n;
    };
    of(0).pipe(flatten(many)).subscribe(() => count++);
    expect(count).toBe(100_000);
    fromPull(many).pipe(flatten((n) => [n])).subscribe(() => count++);
    expect(count).toBe(200_000);
  });

  it('can be subscribed again', marbles(({ expectObservable }) => {
    const rows = of('ab').pipe(flatten());
    expectObservable(concat(rows, rows)).toBe('(abab|)');
  }));

  it('refuses a project that is no function', () => {
    expect(() => flatten(5 as never)).toThrow(new TypeError('flatten: project must be a function, but it is 5'));
    expect(() => flatten(null as never)).toThrow(new TypeError('flatten: project must be a function, but it is null'));
  });
});
