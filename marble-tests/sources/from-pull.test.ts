import { Subject, take, takeUntil } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/index.js';
import { fromPull } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { all, holdFirst, slowly } from '../probes.js';

/** An iterator that counts what is asked of it. */
function spied(values: readonly string[], extra: Partial<Iterator<string>> = {}) {
  let at = 0;
  const next = vi.fn((): IteratorResult<string> => (at < values.length ? { done: false, value: values[at++]! } : { done: true, value: undefined }));
  const close = vi.fn((): IteratorResult<string> => ({ done: true, value: undefined }));
  return { iterator: { next, return: close, ...extra }, next, return: close };
}

describe('fromPull', () => {
  it.each([
    ['an array', ['a', 'b'], ['a', 'b', 'complete']],
    ['an empty array', [], ['complete']],
    ['a string', 'ab', ['a', 'b', 'complete']],
    ['an empty string', '', ['complete']],
    ['a set', new Set([1]), [1, 'complete']],
    ['a map', new Map([[1, 2]]), [[1, 2], 'complete']],
    ['a generator', [7][Symbol.iterator](), [7, 'complete']],
    ['undefined, null and false among others', [undefined, null, false, 0, ''], [undefined, null, false, 0, '', 'complete']],
  ] as [string, Iterable<unknown>, unknown[]][])('takes %s', (_what, source, expected) => {
    expect(all(fromPull(source))).toEqual(expected);
  });

  it('takes a generator function, which starts afresh for each subscription', () => {
    const source = fromPull(function* () {
      yield 1;
      yield 2;
    });
    expect([all(source), all(source)]).toEqual([
      [1, 2, 'complete'],
      [1, 2, 'complete'],
    ]);
  });

  it('starts an iterable afresh for each subscription', () => {
    const source = fromPull([1]);
    expect([all(source), all(source)]).toEqual([
      [1, 'complete'],
      [1, 'complete'],
    ]);
  });

  it('takes what is pushed onto an array, and changed in it, while it is read', () => {
    const array = [1, 2];
    const seen: unknown[] = [];
    fromPull(array).subscribe((n) => {
      seen.push(n);
      if (n === 1) array[1] = 3;
      if (n === 3) array.push(4);
      if (n === 4) array.length = 1;
    });
    expect(seen).toEqual([1, 3, 4]);
  });

  it('takes the holes of an array for what its iterator does', () => {
    expect(all(fromPull(Object.assign(new Array<number>(3), { 1: 1 })))).toEqual([undefined, 1, undefined, 'complete']);
  });

  it('takes an array with an iterator of its own by that', () => {
    class Twice extends Array<number> {
      override *[Symbol.iterator](): ArrayIterator<number> {
        for (const n of super.values()) yield* [n, n];
      }
    }
    expect(all(fromPull(Twice.of(1, 2)))).toEqual([1, 1, 2, 2, 'complete']);
  });

  it('asks for a value only while it is open', marbles(({ cold, expectObservable, flush }) => {
    const { iterator, next } = spied(['a', 'b', 'c']);
    expectObservable(fromPull(iterator).pipe(holdFirst(cold('----x')))).toBe('a---(bc|)');
    cold('---x').subscribe(() => expect(next).toHaveBeenCalledTimes(1));
    flush();
    expect(next).toHaveBeenCalledTimes(4);
  }));

  it('goes at the pace of its consumer', marbles(({ expectObservable }) => {
    expectObservable(fromPull('abc').pipe(slowly(3))).toBe('---a--b--(c|)');
  }));

  it('delivers with its own valve current, values as well as the end', () => {
    const seen: unknown[] = [];
    const look = (): number => seen.push(currentValve() !== undefined);
    fromPull([1]).subscribe({ next: look, complete: look });
    fromPull(spied([], { next: () => { throw new Error('thrown'); } }).iterator).subscribe({ error: look });
    expect(seen).toEqual([true, true, true]);
    expect(currentValve()).toBeUndefined();
  });

  it('calls the iterator and the function with no valve current', () => {
    const seen: unknown[] = [];
    const source = fromPull(() => {
      seen.push(currentValve());
      return spied(['a'], {
        next: () => {
          seen.push(currentValve());
          return { done: true, value: undefined };
        },
      }).iterator;
    });
    const iterable: Iterable<string> = {
      [Symbol.iterator]: () => {
        seen.push(currentValve());
        return ['b'][Symbol.iterator]();
      },
    };
    fromPull([0]).subscribe(() => {
      source.subscribe();
      fromPull(iterable).subscribe();
    });
    expect(seen).toEqual([undefined, undefined, undefined]);
  });

  it('passes on what next() throws, after the values before it', () => {
    const source = fromPull(function* () {
      yield 1;
      throw new Error('thrown');
    });
    expect(all(source)).toEqual([1, new Error('thrown')]);
  });

  it('passes on undefined, thrown', () => {
    const error = vi.fn();
    fromPull(spied([], { next: () => { throw undefined; } }).iterator).subscribe({ error });
    expect(error).toHaveBeenCalledExactlyOnceWith(undefined);
  });

  it.each([
    ['the function', () => { throw new Error('thrown'); }],
    ['the iterable', () => ({ [Symbol.iterator]: () => { throw new Error('thrown'); } })],
  ])('passes on what %s throws', (_what, make) => {
    expect(all(fromPull(make as () => Iterable<unknown>))).toEqual([new Error('thrown')]);
  });

  it('passes on what an iterable throws when it is opened', () => {
    const source: Iterable<unknown> = { [Symbol.iterator]: () => { throw new Error('thrown'); } };
    expect(all(fromPull(source))).toEqual([new Error('thrown')]);
  });

  it.each([[undefined], [null], [5], ['text']])('refuses a result that is no object: %s', (step) => {
    const source = fromPull(spied([], { next: () => step as never }).iterator);
    const shown = typeof step === 'string' ? `'${step}'` : String(step);
    expect(all(source)).toEqual([new TypeError(`an iterator's next() must give an object with value and done, but it gave ${shown}`)]);
  });

  it('takes a result without done for a value, and done that is merely truthy for the end', () => {
    const steps = [{ value: 1 }, { done: false }, { done: 1, value: 2 }];
    const source = fromPull(spied([], { next: () => steps.shift() as never }).iterator);
    expect(all(source)).toEqual([1, undefined, 'complete']);
  });

  it('returns the iterator when its subscriber leaves', () => {
    const { iterator, return: close } = spied(['a', 'b', 'c']);
    expect(all(fromPull(iterator).pipe(take(2)))).toEqual(['a', 'b', 'complete']);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['its end', {}],
    ['its failure', { next: () => { throw new Error('thrown'); } }],
  ])('does not return the iterator after %s', (_what, extra) => {
    const { iterator, return: close } = spied([], extra);
    fromPull(iterator).subscribe({ error: () => {} }).unsubscribe();
    expect(close).not.toHaveBeenCalled();
  });

  it('takes an iterator that has no return', () => {
    const { iterator } = spied(['a', 'b']);
    expect(all(fromPull({ next: iterator.next }).pipe(take(1)))).toEqual(['a', 'complete']);
  });

  it('returns a held iterator when its subscriber leaves, and asks no more of it', marbles(({ expectObservable, flush }) => {
    const { iterator, next, return: close } = spied(['a', 'b', 'c']);
    expectObservable(fromPull(iterator).pipe(slowly(10)), '^----!');
    flush();
    expect([next.mock.calls.length, close.mock.calls.length]).toEqual([1, 1]);
  }));

  it.each([1, 2])('returns a generator once it yields, when its subscriber leaves while it runs, in step %i', (leaving) => {
    const log: unknown[] = [];
    const leave = new Subject<void>();
    const source = fromPull(function* () {
      try {
        for (let step = 1; ; step++) {
          if (step === leaving) leave.next();
          log.push(`ran ${String(step)}`);
          yield step;
        }
      } finally {
        log.push('returned');
      }
    });
    source.pipe(takeUntil(leave)).subscribe((value) => log.push(value));
    expect(log).toEqual(leaving === 1 ? ['ran 1', 'returned'] : ['ran 1', 1, 'ran 2', 'returned']);
  });

  it('drops what a generator throws when its subscriber has left while it runs', () => {
    const leave = new Subject<void>();
    const error = vi.fn();
    const source = fromPull(() => ({
      next: (): never => {
        leave.next();
        throw new Error('thrown');
      },
    }));
    source.pipe(takeUntil(leave)).subscribe({ error });
    expect(error).not.toHaveBeenCalled();
  });

  it('ends an endless iterator with its subscriber, and grows no stack before', () => {
    const last = vi.fn();
    const source = fromPull(function* () {
      for (let n = 1; ; n++) yield n;
    });
    source.pipe(take(100_000)).subscribe({ next: last });
    expect(last).toHaveBeenCalledTimes(100_000);
    expect(last).toHaveBeenLastCalledWith(100_000);
  });

  it('goes on where it was when a hold is released inside the delivery', () => {
    const seen: unknown[] = [];
    fromPull([1, 2, 3]).subscribe((value) => {
      seen.push(value);
      currentValve()?.hold()();
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  it('refuses a second subscription to an iterator', () => {
    const source = fromPull([1][Symbol.iterator]());
    expect(all(source)).toEqual([1, 'complete']);
    const [error, ...others] = all(source);
    expect(others).toEqual([]);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/can be read only once.*give fromPull a function/);
  });

  it('refuses a second subscription to a generator, and says what it is', () => {
    const source = fromPull(
      (function* () {
        yield 1;
      })(),
    );
    expect(all(source)).toEqual([1, 'complete']);
    expect(String(all(source)[0])).toContain('a Generator can be read only once');
  });

  it.each([[undefined], [null], [5], [true], [{}], [{ next: 5 }], [Symbol.iterator]])('refuses %s when it is called', (source) => {
    expect(() => fromPull(source as never)).toThrow(TypeError);
    expect(() => fromPull(source as never)).toThrow(/^fromPull: source must be an iterable, .*, but it is .+/);
  });

  it.each([[undefined], [5], [{}], [() => []]])('refuses a function that gives %s', (source) => {
    const [error] = all(fromPull((() => source) as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/fromPull: the function must give an iterable, .*, but it gave .+/);
  });
});
