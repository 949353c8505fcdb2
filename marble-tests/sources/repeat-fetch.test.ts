import { map, NEVER, of, range, Subject, take, takeUntil, throwError, timer, Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { type CallContext, inline, prefetch, repeatFetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, all, Calls, holdFirst, slowly } from '../probes.js';

/** A fetch that gives the letters, each after `ms`, and then nothing. */
function letters(text: string, ms: number, calls = new Calls<string>()): (context: CallContext) => Observable<string | undefined> {
  return ({ index }) => {
    calls.note(text[index] ?? '.');
    return after(ms, text[index]);
  };
}

describe('repeatFetch', () => {
  it('calls again and again until nothing comes', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                       a--b--c--.---');
    expectObservable(repeatFetch(letters('abc', 3, calls))).toBe('---a--b--c--|');
  }));

  it('calls on demand, one at a time', marbles(({ expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                   a----b----c----.-');
    expectObservable(repeatFetch(letters('abc', 1, calls)).pipe(slowly(4))).toBe('-----a----b----c|');
  }));

  it('ends at once with nothing to fetch', marbles(({ expectObservable }) => {
    expectObservable(repeatFetch(() => undefined)).toBe('|');
    expectObservable(repeatFetch(() => null)).toBe('     |');
  }));

  it('waits for what never comes', marbles(({ expectObservable }) => {
    expectObservable(repeatFetch(() => NEVER)).toBe('----');
  }));

  it('does not end with false, 0, an empty string, an empty array or NaN', () => {
    const results = [false, 0, '', [], Number.NaN, undefined];
    expect(all(repeatFetch(({ index }) => results[index]))).toEqual([false, 0, '', [], Number.NaN, 'complete']);
  });

  it('ends at what until says, and then not at undefined', () => {
    const results = [undefined, null, 1, -1, 2];
    expect(all(repeatFetch(({ index }) => results[index], { until: (result) => result === -1 }))).toEqual([undefined, null, 1, 'complete']);
  });

  it('takes the last value of an Observable, and ends when it has none', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const fetches = [cold('a-b-|'), cold('    c|'), cold('     --|')];
    expectObservable(repeatFetch(({ index }) => fetches[index])).toBe('----bc-|');
    expectSubscriptions(fetches[0]!.subscriptions).toBe('^---!');
    expectSubscriptions(fetches[1]!.subscriptions).toBe('----^!');
    expectSubscriptions(fetches[2]!.subscriptions).toBe('-----^-!');
  }));

  it('ends with an Observable whose last value is nothing', () => {
    expect(all(repeatFetch(({ index }) => (index === 0 ? of(1, 2) : of(3, undefined))))).toEqual([2, 'complete']);
  });

  it('numbers its calls, for each subscription anew', () => {
    const indexes: number[] = [];
    const source = repeatFetch(({ index }) => {
      indexes.push(index);
      return index < 2 ? index : undefined;
    });
    expect([all(source), all(source)]).toEqual([
      [0, 1, 'complete'],
      [0, 1, 'complete'],
    ]);
    expect(indexes).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('calls a task without arguments', () => {
    const given: unknown[][] = [];
    let left = 2;
    const { tasks } = inline({
      draw: (...args: unknown[]): number | undefined => {
        given.push(args);
        return left > 0 ? left-- : undefined;
      },
    });
    expect(all(repeatFetch(tasks.draw))).toEqual([2, 1, 'complete']);
    expect(given).toEqual([[], [], []]);
  });

  it('fails with what fetch throws, after the values before it', () => {
    const source = repeatFetch(({ index }) => {
      if (index === 1) throw new Error('thrown');
      return index;
    });
    expect(all(source)).toEqual([0, new Error('thrown')]);
  });

  it('fails with the error of an Observable, also undefined, also after a value of it', marbles(({ cold, expectObservable }) => {
    expectObservable(repeatFetch(() => cold('a-#', {}, undefined))).toBe('--#', {}, undefined);
    expectObservable(repeatFetch(() => throwError(() => 'failed'))).toBe('#', {}, 'failed');
  }));

  it('fails with what until throws', () => {
    const until = (): never => {
      throw new Error('until');
    };
    expect(all(repeatFetch(() => 1, { until }))).toEqual([new Error('until')]);
    expect(all(repeatFetch(() => of(1), { until }))).toEqual([new Error('until')]);
  });

  it('calls fetch and until with no valve current', () => {
    const seen: unknown[] = [];
    const source = repeatFetch(
      () => {
        seen.push(currentValve());
        return prefetch<number>(1)(repeatFetch(({ index }) => (index === 0 ? 1 : undefined)));
      },
      {
        until: () => {
          seen.push(currentValve());
          return true;
        },
      },
    );
    repeatFetch(({ index }) => (index === 0 ? 1 : undefined)).subscribe(() => source.subscribe());
    expect(seen).toEqual([undefined, undefined]);
  });

  it('unsubscribes from the fetch under way, and calls no more', marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const fetched = cold('                             ---(a|)');
    expectObservable(repeatFetch(() => fetched), '     ^-------!').toBe('---a--a--');
    expectSubscriptions(fetched.subscriptions).toBe(['^--!', '---^--!', '------^-!']);
  }));

  it('aborts the signal of the call under way, and no other', marbles(({ expectObservable, flush }) => {
    const signals: AbortSignal[] = [];
    const fetch = ({ signal }: CallContext): Observable<number> => {
      signals.push(signal);
      return timer(3);
    };
    expectObservable(repeatFetch(fetch), '^-------!');
    flush();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, true]);
  }));

  it('aborts no signal when it is left between two calls', marbles(({ expectObservable, flush }) => {
    const signals: AbortSignal[] = [];
    const fetch = ({ signal }: CallContext): Observable<number> => {
      signals.push(signal);
      return of(1);
    };
    expectObservable(repeatFetch(fetch).pipe(slowly(10)), '^---!');
    flush();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  }));

  it('gives an aborted signal to a call that reads it when it is no longer wanted', () => {
    const contexts: CallContext[] = [];
    repeatFetch((context) => {
      contexts.push(context);
      return NEVER;
    })
      .subscribe()
      .unsubscribe();
    expect(contexts[0]!.signal.aborted).toBe(true);
  });

  it.each([
    ['a throw', () => { throw new Error('failed'); }],
    ['an error', () => throwError(() => new Error('failed'))],
  ])('aborts the signal of a call that fails with %s: what it began beside is no longer wanted', (_what, fail) => {
    let begun: AbortSignal | undefined;
    const source = repeatFetch(({ signal }): Observable<number> => {
      begun = signal;
      return fail();
    });
    expect(all(source)).toEqual([new Error('failed')]);
    expect(begun?.aborted).toBe(true);
  });

  it('aborts the signal of a call whose promise is broken', async () => {
    let begun: AbortSignal | undefined;
    const source = repeatFetch(({ signal }) => {
      begun = signal;
      return Promise.reject(new Error('broken'));
    });
    await expect(new Promise((_resolve, reject) => source.subscribe({ error: reject }))).rejects.toThrow('broken');
    expect(begun?.aborted).toBe(true);
  });

  it('takes promises, one after another', async () => {
    const seen: number[] = [];
    await repeatFetch(({ index }) => Promise.resolve(index < 3 ? index : null)).forEach((value) => seen.push(value));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('drops what a promise brings after the subscriber has left', async () => {
    let resolve = (_value: number): void => {};
    const seen = vi.fn();
    const until = vi.fn(() => false);
    const promise = new Promise<number>((kept) => { resolve = kept; });
    repeatFetch(() => promise, { until }).subscribe({ next: seen, complete: seen, error: seen }).unsubscribe();
    resolve(1);
    await promise;
    await Promise.resolve();
    expect([seen.mock.calls, until.mock.calls]).toEqual([[], []]);
  });

  it('calls no more when its subscriber leaves inside a call', () => {
    const leave = new Subject<void>();
    const fetch = vi.fn(() => {
      leave.next();
      return 1;
    });
    expect(all(repeatFetch(fetch).pipe(takeUntil(leave)))).toEqual(['complete']);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('does not subscribe to what a call gives inside which its subscriber has left', () => {
    const leave = new Subject<void>();
    const subscribed = vi.fn();
    const fetch = (): Observable<number> => {
      leave.next();
      return new Observable(subscribed);
    };
    expect(all(repeatFetch(fetch).pipe(takeUntil(leave)))).toEqual(['complete']);
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('leaves a fetch that its subscriber ends from within', () => {
    const leave = new Subject<void>();
    let most = 0;
    const endless = range(1, 1_000_000_000).pipe(
      map((n) => {
        most = n;
        if (n === 3) leave.next();
        return n;
      }),
    );
    expect(all(repeatFetch(() => endless).pipe(takeUntil(leave)))).toEqual(['complete']);
    expect(most).toBe(3);
  });

  it('makes a hundred thousand synchronous calls without growing the stack', () => {
    const seen = vi.fn();
    repeatFetch(({ index }) => index + 1).pipe(take(100_000)).subscribe(seen);
    expect(seen).toHaveBeenLastCalledWith(100_000);
  });

  it('keeps a result that comes while it is held', marbles(({ cold, expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('                                                   a-----b-.---');
    expectObservable(repeatFetch(letters('ab', 2, calls)).pipe(holdFirst(cold('----x')))).toBe('--a-----b-|');
  }));

  it('keeps one more result that comes while it is held', marbles(({ cold, expectObservable }) => {
    const calls = new Calls<string>();
    expectObservable(calls.made$).toBe('        a-b---c-.---');
    const fetched = repeatFetch(letters('abc', 2, calls));
    // Held from frame 3, when the second call is already under way.
    const late = fetched.pipe(holdLate(cold('---x'), cold('------x')));
    expectObservable(late).toBe('             --a---b-c-|');
  }));

  it('refuses what is no function', () => {
    expect(() => repeatFetch('text' as never)).toThrow(new TypeError("repeatFetch: fetch must be a function, but it is 'text'"));
  });

  it.each([
    [{ until: 5 }, new TypeError('repeatFetch: until must be a function, but it is 5')],
    [{ till: 5 }, new TypeError("repeatFetch: there is no option 'till' (got 5); it takes until")],
    [null, new TypeError('repeatFetch: options must be an object, but they are null')],
    [[], new TypeError('repeatFetch: options must be an object, but they are an array of length 0')],
    ['x', new TypeError("repeatFetch: options must be an object, but they are 'x'")],
  ])('refuses the options %o', (options, error) => {
    expect(() => repeatFetch(() => 1, options as never)).toThrow(error);
  });

  it('takes until: undefined for the default', () => {
    expect(all(repeatFetch(({ index }) => (index === 0 ? 0 : undefined), { until: undefined } as never))).toEqual([0, 'complete']);
  });
});

/** Holds the valve of the first delivery when `from$` emits, until `to$` does. */
function holdLate<T>(from$: Observable<unknown>, to$: Observable<unknown>): (source: Observable<T>) => Observable<T> {
  return (source) => {
    let valve: ReturnType<typeof currentValve>;
    let release: (() => void) | undefined;
    from$.subscribe(() => {
      release = valve?.hold();
    });
    to$.subscribe(() => release?.());
    return source.pipe(
      map((value) => {
        valve ??= currentValve();
        return value;
      }),
    );
  };
}
