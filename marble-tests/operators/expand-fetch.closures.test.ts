import { concat, EMPTY, NEVER, of, Subject, takeUntil, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { type CallContext, expandFetch, fromPull, prefetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { after, all, Calls, slowly } from '../probes.js';

/** Backgrounder's closure: chunks of `offset` numbers from `start` on, up to `max`, then `false`. */
function chunksOf(offset: number, max: number): (start: number) => () => number[] | false {
  return (start) => {
    let from = start;
    return () => {
      if (from >= max) return false;
      const to = Math.min(max, from - (from % offset) + offset);
      const chunk = Array.from({ length: to - from }, (_, n) => from + n);
      from = to;
      return chunk;
    };
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('expandFetch over closures', () => {
  it('gives ten chunks and then the sentinel, which is not emitted', () => {
    const made = vi.fn(chunksOf(10, 100));
    const chunks = of(1).pipe(expandFetch(made, { until: (result) => result === false }));
    const expected = [range(1, 9), ...range(1, 9).map((ten) => range(10 * ten, 10 * ten + 9))];
    expect(expected).toHaveLength(10);
    expect(all(chunks)).toEqual([...expected, 'complete']);
    expect(made).toHaveBeenCalledTimes(1);
  });

  it('does not end with false unless told so', () => {
    const results = [false, 0, '', [], null];
    expect(all(of(0).pipe(expandFetch(() => ({ index }) => results[index])))).toEqual([false, 0, '', [], 'complete']);
  });

  it('has a state of its own for each source value and each subscription', () => {
    const counted = of(10, 20).pipe(
      expandFetch((seed) => {
        let calls = 0;
        return () => (++calls <= 2 ? seed + calls : undefined);
      }),
    );
    const once = [11, 12, 21, 22, 'complete'];
    expect([all(counted), all(counted)]).toEqual([once, once]);
  });

  it('calls on demand, exactly as far ahead as prefetch says', marbles(({ expectObservable, flush }) => {
    const calls = new Calls<number>();
    const fetched = of(0).pipe(
      expandFetch(() => ({ index }) => {
        calls.note(index);
        return after(1, index);
      }),
      prefetch(2),
      slowly(20),
    );
    expectObservable(fetched, '^-----------------!');
    flush();
    expect(calls.count).toBe(3);
  }));

  it('runs as many chains at once as concurrency says', marbles(({ expectObservable }) => {
    const source = fromPull(['ab', 'xy']);
    const each = (text: string) => ({ index }: CallContext) => after(6, text[index]);
    expectObservable(source.pipe(expandFetch(each))).toBe('                     ------a-----b-----------x-----y-----|');
    expectObservable(source.pipe(expandFetch(each, { concurrency: 2 }))).toBe('  ------(ax)--(by)--|');
  }));

  it('calls nothing more when its subscriber leaves inside makeFetch', () => {
    const leave = new Subject<void>();
    const fetch = vi.fn(() => 1);
    const makeFetch = (): typeof fetch => {
      leave.next();
      return fetch;
    };
    expect(all(of(1).pipe(expandFetch(makeFetch), takeUntil(leave)))).toEqual(['complete']);
    expect(fetch).not.toHaveBeenCalled();
  });

  it('fails with what makeFetch throws', () => {
    const makeFetch = (): never => {
      throw new Error('thrown');
    };
    expect(all(of(1).pipe(expandFetch(makeFetch)))).toEqual([new Error('thrown')]);
  });

  it('fails with what the made function throws, and with what until throws, after the values before', () => {
    expect(all(of(1).pipe(expandFetch(() => ({ index }) => (index === 0 ? 1 : throwError(() => 'failed')))))).toEqual([1, 'failed']);
    const until = (result: number): boolean => {
      if (result === 1) throw new Error('until');
      return false;
    };
    expect(all(of(1).pipe(expandFetch(() => ({ index }) => index, { until })))).toEqual([0, new Error('until')]);
  });

  it('ends a chain when its function brings none, and waits when it never answers', marbles(({ expectObservable }) => {
    expectObservable(of(1).pipe(expandFetch(() => () => EMPTY))).toBe(' |');
    expectObservable(of(1).pipe(expandFetch(() => () => NEVER))).toBe(' -');
  }));

  it.each([
    ['a page', [1, 2], 'an array of length 2'],
    ['a promise', Promise.resolve(1), 'a Promise'],
    ['an Observable', of(1), 'an Observable'],
    ['nothing', undefined, 'undefined'],
  ])('asks for next when makeFetch returns %s', (_what, page, shown) => {
    const [error, ...others] = all(of(1).pipe(expandFetch((() => page) as never)));
    expect(others).toEqual([]);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(`but it returned ${shown}. Did you forget next?`);
  });

  it('gives makeFetch a signal for the chain, and each call one of its own', marbles(({ expectObservable, flush }) => {
    const signals: AbortSignal[] = [];
    const fetched = of(0).pipe(
      expandFetch((_seed, { signal }) => {
        signals.push(signal);
        return (context) => {
          signals.push(context.signal);
          return after(3, 0);
        };
      }),
    );
    expectObservable(fetched, '^----!');
    flush();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true]);
  }));

  it.each<[string, () => () => unknown]>([
    ['makeFetch throws', () => { throw 'failed'; }],
    ['a call throws', () => () => { throw 'failed'; }],
    ['what a call gives fails', () => () => throwError(() => 'failed')],
  ])('aborts the signal of a chain when %s', (_how, make) => {
    let signal: AbortSignal | undefined;
    const failing = of(1).pipe(
      expandFetch((_seed, context) => {
        signal = context.signal;
        return make();
      }),
    );
    expect(all(failing)).toEqual(['failed']);
    expect(signal?.aborted).toBe(true);
  });

  it('calls makeFetch and what it made with no valve current', () => {
    const seen: unknown[] = [];
    const fetched = fromPull([1]).pipe(
      expandFetch(() => {
        seen.push(currentValve());
        return () => {
          seen.push(currentValve());
          return undefined;
        };
      }),
    );
    expect(all(fetched)).toEqual(['complete']);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('can be repeated', marbles(({ expectObservable }) => {
    const fetched = of('ab').pipe(expandFetch((text) => ({ index }) => after(1, text[index])));
    expectObservable(concat(fetched, fetched)).toBe('-ab-ab|');
  }));
});
