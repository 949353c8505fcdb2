import { concat, EMPTY, map, NEVER, of, Subject, take, takeUntil, throwError, type Observable, type ObservableInput } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { type CallContext, expandFetch, fetchPages, fromPull, inline, prefetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, all, Calls, slowly } from '../probes.js';

/** The letter after this one, up to and including `last`. */
function upTo(last: string): (page: string) => string | undefined {
  return (page) => (page < last ? String.fromCharCode(page.charCodeAt(0) + 1) : undefined);
}

/** A fetch of letters, which takes `ms` and notes its calls. */
function letters(ms: number, calls = new Calls<string>()): (letter: string) => Observable<string> {
  return (letter) => {
    calls.note(letter);
    return after(ms, letter);
  };
}

describe('expandFetch', () => {
  it('makes each input of the last page, until there is none', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                      a--b--c---');
    expectObservable(of('a').pipe(expandFetch(letters(3, calls), upTo('c')))).toBe('---a--b--(c|)');
  }));

  it('fetches on demand: with prefetch(k) behind it exactly k pages ahead', marbles(({ expectObservable, flush }) => {
    for (const k of [0, 1, 2, 5]) {
      const calls = new Calls<string>();
      expectObservable(of('a').pipe(expandFetch(letters(1, calls), upTo('z')), prefetch(k), slowly(20)), '^-----------------!');
      flush();
      // One is worked on.
      expect(calls.count).toBe(k + 1);
    }
  }));

  it('is exactly k pages ahead when pages are there at once', marbles(({ expectObservable, flush }) => {
    for (const k of [0, 1, 2, 5]) {
      const fetch = vi.fn((letter: string) => letter);
      expectObservable(of('a').pipe(expandFetch(fetch, upTo('z')), prefetch(k), slowly(20)), '^-----------------!');
      flush();
      expect(fetch).toHaveBeenCalledTimes(k + 1);
    }
  }));

  it('gives fetch and next what they need', () => {
    const fetch = vi.fn((input: number, _context: CallContext) => `page ${String(input)}`);
    const next = vi.fn((_page: string, input: number) => (input < 12 ? input + 1 : null));
    expect(all(of(10, 20).pipe(expandFetch(fetch, next)))).toEqual(['page 10', 'page 11', 'page 12', 'page 20', 'complete']);
    expect(fetch.mock.calls.map(([input, { index }]) => [input, index])).toEqual([[10, 0], [11, 1], [12, 2], [20, 0]]);
    expect(next.mock.calls).toEqual([
      ['page 10', 10, { index: 0 }],
      ['page 11', 11, { index: 1 }],
      ['page 12', 12, { index: 2 }],
      ['page 20', 20, { index: 0 }],
    ]);
  });

  it('takes 0, an empty string and false for inputs, and an empty page for a page', () => {
    const inputs = [0, '', false, undefined];
    let at = 0;
    expect(all(of(0 as unknown).pipe(expandFetch((input) => [input], () => inputs[++at])))).toEqual([[0], [''], [false], 'complete']);
    expect(all(of(1).pipe(expandFetch((n) => (n === 1 ? undefined : []), (_page, n) => (n === 1 ? 2 : null))))).toEqual([undefined, [], 'complete']);
  });

  it('ends a chain without a page when fetch brings none', marbles(({ expectObservable }) => {
    expectObservable(of('a', 'b').pipe(expandFetch((letter) => (letter === 'a' ? EMPTY : of(letter)), () => undefined))).toBe('(b|)');
  }));

  it('is empty with an empty source, and waits with one that never ends', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const empty = cold('  --|');
    const never = cold('  ---');
    expectObservable(empty.pipe(expandFetch(letters(1), upTo('a')))).toBe('--|');
    expectObservable(never.pipe(expandFetch(letters(1), upTo('a'))), '^----!').toBe('---');
    expectSubscriptions(empty.subscriptions).toBe('^-!');
    expectSubscriptions(never.subscriptions).toBe('^----!');
  }));

  it('lets an error of the source wait for the chain that runs', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('a-#').pipe(expandFetch(letters(3), upTo('b')))).toBe('---a--(b#)');
  }));

  it('delivers a page before next is called, and a throw in next after the page', () => {
    const seen: unknown[] = [];
    const next = (): never => {
      seen.push('next');
      throw new Error('thrown');
    };
    of(1).pipe(expandFetch((n) => n, next)).subscribe({ next: (page) => seen.push(page), error: (error: unknown) => seen.push(error) });
    expect(seen).toEqual([1, 'next', new Error('thrown')]);
  });

  it.each([
    ['throws', () => { throw new Error('failed'); }],
    ['fails', () => throwError(() => new Error('failed'))],
  ] as [string, () => ObservableInput<never>][])('fails after the pages before it when fetch %s, and aborts its signal', (_what, fail) => {
    const signals: AbortSignal[] = [];
    const fetch = (letter: string, { signal }: CallContext): unknown => {
      signals.push(signal);
      return letter === 'b' ? fail() : letter;
    };
    expect(all(of('a', 'x').pipe(expandFetch(fetch, (page) => upTo('z')(page as string))))).toEqual(['a', new Error('failed')]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });

  it('stops everything when it is unsubscribed', marbles(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
    const source = hot('      x------');
    const fetched = cold('    ---(p|)');
    const signals: AbortSignal[] = [];
    const fetch = (_input: string, { signal }: CallContext): Observable<string> => {
      signals.push(signal);
      return fetched;
    };
    expectObservable(source.pipe(expandFetch(fetch, () => 'y')), '^----!').toBe('---p--');
    expectSubscriptions(source.subscriptions).toBe('  ^----!');
    expectSubscriptions(fetched.subscriptions).toBe([' ^--!', '---^-!']);
    flush();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  }));

  it('stops a chain that never ends, without growing the stack', () => {
    let calls = 0;
    let last = 0;
    of(1).pipe(expandFetch((n) => (calls++, n), (n) => n + 1), take(100_000)).subscribe((n) => {
      last = n;
    });
    expect([calls, last]).toEqual([100_000, 100_000]);
  });

  it('calls fetch no more when its subscriber leaves inside fetch or next', () => {
    for (const place of ['fetch', 'next']) {
      const leave = new Subject<void>();
      const fetch = vi.fn((n: number) => {
        if (place === 'fetch') leave.next();
        return n;
      });
      const next = vi.fn((n: number) => {
        leave.next();
        return n;
      });
      const seen = all(of(1).pipe(expandFetch(fetch, next), takeUntil(leave)));
      expect(seen).toEqual(place === 'fetch' ? ['complete'] : [1, 'complete']);
      expect([fetch.mock.calls.length, next.mock.calls.length]).toEqual([1, place === 'fetch' ? 0 : 1]);
    }
  });

  it('calls fetch and next with no valve current', () => {
    const seen: unknown[] = [];
    const look = (): undefined => {
      seen.push(currentValve());
      return undefined;
    };
    all(fromPull([1]).pipe(expandFetch((n) => (look(), n), () => look())));
    all(fromPull([1]).pipe(expandFetch(() => fromPull([1]), () => look())));
    expect(seen).toEqual([undefined, undefined, undefined]);
  });

  it('calls a task with the input alone', () => {
    const { tasks } = inline({ page: (first: number, ...others: unknown[]) => [first, ...others] as number[] });
    expect(all(of(1).pipe(expandFetch(tasks.page, ([n]) => (n! < 2 ? n! + 1 : null))))).toEqual([[1], [2], 'complete']);
  });

  it('fetches the input that a page fed into the source asks for, later', marbles(({ expectObservable, cold }) => {
    const source = new Subject<string>();
    const fed = source.pipe(
      expandFetch(letters(1), () => undefined),
      map((page) => {
        if (page < 'c') source.next(upTo('c')(page)!);
        else source.complete();
        return page;
      }),
    );
    expectObservable(fed).toBe('   ---ab(c|)');
    cold('--a').subscribe(() => source.next('a'));
  }));

  it('can be subscribed again', marbles(({ expectObservable }) => {
    const pages = of('a').pipe(expandFetch(letters(1), upTo('b')));
    expectObservable(concat(pages, pages)).toBe('-aba(b|)');
  }));

  it('takes promises', async () => {
    const seen: number[] = [];
    await of(1).pipe(expandFetch((n) => Promise.resolve(n), (n) => (n < 3 ? n + 1 : undefined))).forEach((n) => seen.push(n));
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('expandFetch, chains', () => {
  /** Chains a, b, c of two pages each: a A, b B, c C. */
  const second = (page: string): string | undefined => (page === page.toLowerCase() ? page.toUpperCase() : undefined);

  it('runs one after another, and holds the source meanwhile', marbles(({ expectObservable, flush }) => {
    const pulled = new Calls<string>();
    const calls = new Calls<string>();
    expectObservable(pulled.made$).toBe('  a---b---c');
    expectObservable(calls.made$).toBe('   a-A-b-B-c-C');
    const source = fromPull(function* () {
      for (const letter of 'abc') {
        pulled.note(letter);
        yield letter;
      }
    });
    expectObservable(source.pipe(expandFetch(letters(2, calls), second))).toBe('--a-A-b-B-c-(C|)');
    flush();
  }));

  it('runs two at once, the pages of each in order', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                                               (ab)--(AB)--c-----C------');
    expectObservable(fromPull('abc').pipe(expandFetch(letters(6, calls), second, { concurrency: 2 }))).toBe('------(ab)--(AB)--c-----(C|)');
  }));

  it('runs all at once with Infinity', marbles(({ expectObservable }) => {
    expectObservable(fromPull('abc').pipe(expandFetch(letters(6), second, { concurrency: Infinity }))).toBe('------(abc)-(ABC|)');
  }));

  it('delivers pages as they arrive, and fails at once with the first chain that fails', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const pages: Record<string, ReturnType<typeof cold<string>>> = { a: cold('----(a|)'), b: cold('--#'), c: cold('-(c|)') };
    const source = fromPull('abc').pipe(expandFetch((letter) => pages[letter]!, () => undefined, { concurrency: 3 }));
    expectObservable(source).toBe('              -c#');
    expectSubscriptions(pages['a']!.subscriptions).toBe('^-!');
  }));

  it('starves no chain while the consumer is slow', marbles(({ expectObservable }) => {
    const same = (page: string): string => page;
    const pages = fromPull('ab').pipe(expandFetch((letter) => letter, same, { concurrency: 2 }), slowly(1), take(6));
    expectObservable(pages).toBe('-ababa(b|)');
  }));
});

describe('expandFetch, options', () => {
  const fetch = (n: number): number => n;
  const next = (): undefined => undefined;

  it.each([
    [0, RangeError, '0'],
    [-1, RangeError, '-1'],
    [1.5, RangeError, '1.5'],
    [Number.NaN, RangeError, 'NaN'],
    ['2', TypeError, "'2'"],
    [null, TypeError, 'null'],
  ])('refuses concurrency: %s', (concurrency, kind, shown) => {
    const message = `expandFetch: concurrency must be a whole number of at least 1 or Infinity, but it is ${shown}`;
    expect(() => expandFetch(fetch, next, { concurrency } as never)).toThrow(new kind(message));
    expect(() => expandFetch(() => fetch, { concurrency } as never)).toThrow(new kind(message));
  });

  it.each([
    [() => expandFetch(5 as never, next), 'expandFetch: fetch must be a function, but it is 5'],
    [() => expandFetch(undefined as never), 'expandFetch: makeFetch must be a function, but it is undefined'],
    [() => expandFetch(fetch, 5 as never, {}), 'expandFetch: next must be a function, but it is 5'],
    [() => expandFetch(fetch, undefined as never, { concurrency: 2 }), 'expandFetch: next must be a function, but it is undefined'],
    [() => expandFetch(fetch, next, { until: next } as never), /^expandFetch: there is no option 'until' \(got a function next\); it takes concurrency$/],
    [() => expandFetch(() => fetch, { utnil: next } as never), /^expandFetch: there is no option 'utnil' \(got a function next\); it takes concurrency, until$/],
    [() => expandFetch(() => fetch, 5 as never), 'expandFetch: options must be an object, but they are 5'],
    [() => expandFetch(() => fetch, null as never), 'expandFetch: options must be an object, but they are null'],
    [() => expandFetch(() => fetch, [next] as never), 'expandFetch: options must be an object, but they are an array of length 1'],
    [() => expandFetch(() => fetch, { until: 5 } as never), 'expandFetch: until must be a function, but it is 5'],
    [() => expandFetch(fetch, next, null as never), 'expandFetch: options must be an object, but they are null'],
  ])('refuses %s', (call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

describe('fetchPages', () => {
  it('is one chain', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                                      a--b--c');
    expectObservable(fetchPages({ start: 'a', fetch: letters(3, calls), next: upTo('c') })).toBe('---a--b--(c|)');
  }));

  it('starts afresh with each subscription', () => {
    const pages = fetchPages({ start: 1, fetch: (n, { index }) => [n, index], next: ([n]) => (n! < 2 ? n! + 1 : null) });
    expect([all(pages), all(pages)]).toEqual([
      [[1, 0], [2, 1], 'complete'],
      [[1, 0], [2, 1], 'complete'],
    ]);
  });

  it('fails, waits and is stopped as expandFetch is', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const fetched = cold('--#');
    expectObservable(fetchPages({ start: 1, fetch: () => fetched, next: () => 1 })).toBe('--#');
    const never = cold('  ---');
    expectObservable(fetchPages({ start: 1, fetch: () => never, next: () => 1 }), '^--!').toBe('----');
    expectSubscriptions(never.subscriptions).toBe('^--!');
    expectObservable(fetchPages({ start: 1, fetch: () => NEVER, next: () => 1 })).toBe('----');
  }));

  it.each([
    [{ start: 1, next: () => 1 }, 'fetchPages: fetch must be a function, but it is undefined'],
    [{ start: 1, fetch: () => 1 }, 'fetchPages: next must be a function, but it is undefined'],
    [{ start: 1, fetch: 'x', next: 5 }, "fetchPages: fetch must be a function, but it is 'x'"],
    [{ start: 1, fetch: () => 1, next: () => 1, concurrency: 2 }, "fetchPages: there is no option 'concurrency' (got 2); it takes start, fetch, next"],
    [undefined, 'fetchPages: options must be an object, but they are undefined'],
  ] as [unknown, string][])('refuses %o', (options, message) => {
    expect(() => fetchPages(options as never)).toThrow(new TypeError(message));
  });
});
