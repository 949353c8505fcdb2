// Real promises, in microtasks: no timer runs here.
import { EMPTY, finalize, merge, NEVER, Observable, of, share, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createValve, currentValve, type Valve } from '../../src/backpressure/index.js';
import { fromPull, prefetch, repeatFetch, toAsyncIterable } from '../../src/index.js';

/** Lets everything that waits for promises already kept happen. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

async function all(source: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const value of source) seen.push(value);
    seen.push('done');
  } catch (error) {
    seen.push('error', error);
  }
  return seen;
}

/** A pausable source that says what is asked of it. */
function counting(to: number) {
  const fetch = vi.fn(({ index }: { index: number }) => (index < to ? index : undefined));
  return { source: repeatFetch(fetch), fetch };
}

const iterator = <T>(source: Observable<T>): AsyncIterator<T> => toAsyncIterable(source)[Symbol.asyncIterator]();
const done = { done: true, value: undefined };

describe('toAsyncIterable', () => {
  it('reads to the end', async () => {
    expect(await all(toAsyncIterable(of(1, 2, 3)))).toEqual([1, 2, 3, 'done']);
    expect(await all(toAsyncIterable(fromPull([1, 2, 3])))).toEqual([1, 2, 3, 'done']);
    expect(await all(toAsyncIterable(EMPTY))).toEqual(['done']);
    expect(await all(toAsyncIterable(of(undefined, null, Promise.resolve(1))))).toEqual([undefined, null, Promise.resolve(1), 'done']);
  });

  it('throws the error after the values before it, undefined too', async () => {
    expect(await all(toAsyncIterable(merge(of(1, 2), throwError(() => 'failed'))))).toEqual([1, 2, 'error', 'failed']);
    expect(await all(toAsyncIterable(throwError(() => undefined)))).toEqual(['error', undefined]);
    const thrown = new Observable<number>((subscriber) => {
      subscriber.next(1);
      throw new Error('subscribe threw');
    });
    expect(await all(toAsyncIterable(thrown))).toEqual([1, 'error', new Error('subscribe threw')]);
  });

  it('subscribes at the first next(), for each iterator anew', async () => {
    const subscribed = vi.fn();
    const iterable = toAsyncIterable(
      new Observable<number>((subscriber) => {
        subscribed();
        subscriber.next(1);
        subscriber.complete();
      }),
    );
    const first = iterable[Symbol.asyncIterator]();
    iterable[Symbol.asyncIterator]();
    expect(subscribed).not.toHaveBeenCalled();
    await first.next();
    expect(subscribed).toHaveBeenCalledTimes(1);
    expect([await all(iterable), await all(iterable)]).toEqual([
      [1, 'done'],
      [1, 'done'],
    ]);
    expect(subscribed).toHaveBeenCalledTimes(3);
  });

  it('gives an iterator that a loop goes on with', async () => {
    const iterator = toAsyncIterable(of(1, 2, 3))[Symbol.asyncIterator]();
    const first = await iterator.next();
    const rest: number[] = [];
    for await (const value of iterator) rest.push(value);

    expect(first).toEqual({ done: false, value: 1 });
    expect(rest).toEqual([2, 3]);
  });

  it('holds the source from the answer to the last waiting next() until the following one', async () => {
    const { source, fetch } = counting(5);
    const reader = iterator(source);
    expect(fetch).not.toHaveBeenCalled();
    await reader.next();
    await microtasks();
    expect(fetch).toHaveBeenCalledTimes(1);
    await Promise.all([reader.next(), reader.next()]);
    await microtasks();
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it('lets prefetch read ahead while the body of the loop runs', async () => {
    const { source, fetch } = counting(5);
    const reader = iterator(source.pipe(prefetch(2)));
    await reader.next();
    await microtasks();
    expect(fetch).toHaveBeenCalledTimes(3);
    await reader.return!();
  });

  it('queues what a source brings that cannot be held, and then its end', async () => {
    const source = new Subject<number>();
    const reader = iterator(source);
    const first = reader.next();
    source.next(1);
    source.next(2);
    source.next(3);
    source.error('failed');
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await reader.next()).toEqual({ done: false, value: 2 });
    expect(await reader.next()).toEqual({ done: false, value: 3 });
    await expect(reader.next()).rejects.toBe('failed');
    expect([await reader.next(), await reader.next()]).toEqual([done, done]);
  });

  it('answers next() calls in their order, and gives an error to the first that waits', async () => {
    const source = new Subject<number>();
    const reader = iterator(source);
    const answers = [reader.next(), reader.next(), reader.next(), reader.next()];
    source.next(1);
    source.next(2);
    source.error('failed');
    expect(await Promise.allSettled(answers)).toEqual([
      { status: 'fulfilled', value: { done: false, value: 1 } },
      { status: 'fulfilled', value: { done: false, value: 2 } },
      { status: 'rejected', reason: 'failed' },
      { status: 'fulfilled', value: done },
    ]);
  });

  it.each(['break', 'throw', 'return'])('leaves the source when the loop is left by %s', async (how) => {
    const left = vi.fn();
    const { source, fetch } = counting(5);
    const loop = async (): Promise<void> => {
      for await (const value of toAsyncIterable(source.pipe(finalize(left)))) {
        expect(left).not.toHaveBeenCalled();
        if (value === 1 && how === 'break') break;
        if (value === 1 && how === 'return') return;
        if (value === 1) throw new Error('left');
      }
    };
    if (how === 'throw') await expect(loop()).rejects.toThrow('left');
    else await loop();
    expect([left.mock.calls.length, fetch.mock.calls.length]).toEqual([1, 2]);
  });

  it('settles return() at once, even while a next() waits, which is then done', async () => {
    const left = vi.fn();
    const reader = iterator(NEVER.pipe(finalize(left)));
    const waiting = reader.next();
    expect(await reader.return!()).toEqual(done);
    expect(await waiting).toEqual(done);
    expect(await reader.next()).toEqual(done);
    expect(left).toHaveBeenCalledTimes(1);
    expect(await reader.return!()).toEqual(done);
  });

  it('leaves the source and fails with what a generator that delegates to it is thrown', async () => {
    const left = vi.fn();
    const { source } = counting(5);
    const reading = (async function* () {
      yield* toAsyncIterable(source.pipe(finalize(left)));
    })();
    await reading.next();
    await expect(reading.throw('mine')).rejects.toBe('mine');
    expect(left).toHaveBeenCalledOnce();
    expect(await reading.next()).toEqual(done);
  });

  it('is done with what return() is given, as a generator is', async () => {
    const reading = (async function* (): AsyncGenerator<number, string | undefined> {
      yield* toAsyncIterable(counting(5).source);
      return undefined;
    })();
    await reading.next();
    expect(await reading.return('enough')).toEqual({ done: true, value: 'enough' });
  });

  it('settles a next() that waits, when it is told to throw', async () => {
    const reader = toAsyncIterable(NEVER)[Symbol.asyncIterator]();
    const waiting = reader.next();
    await expect(reader.throw(undefined)).rejects.toBe(undefined);
    expect(await waiting).toEqual(done);
    expect(await reader.next()).toEqual(done);
  });

  it('never subscribes when return() comes first', async () => {
    const subscribed = vi.fn();
    const reader = iterator(new Observable(subscribed));
    expect(await reader.return!()).toEqual(done);
    expect(await reader.next()).toEqual(done);
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('drops what waits, and a held-back error, on return()', async () => {
    const source = new Subject<number>();
    const reader = iterator(source);
    const first = reader.next();
    source.next(1);
    source.next(2);
    source.error('failed');
    await first;
    await reader.return!();
    expect(await reader.next()).toEqual(done);
  });

  it('lets its source go on return(), so that a sibling of share goes on', async () => {
    const seen: number[] = [];
    const gate = new Subject<void>();
    const shared = fromGate(gate, [1, 2, 3]).pipe(share());
    const reader = iterator(shared);
    const first = reader.next();
    shared.subscribe((value) => seen.push(value));
    gate.next();
    expect(await first).toEqual({ done: false, value: 1 });
    expect(seen).toEqual([1]);
    await reader.return!();
    await microtasks();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('starves neither of two merged sources', async () => {
    const seen: string[] = [];
    for await (const value of toAsyncIterable(merge(fromPull('abc'), fromPull('xyz')))) seen.push(value);
    expect(seen.slice(1).join('')).toMatch(/^(b|x)/);
    expect(seen.join('').replace(/[^abc]/g, '')).toBe('abc');
    expect(seen.join('').replace(/[abc]/g, '')).toBe('xyz');
    expect(seen.indexOf('x')).toBeLessThan(seen.indexOf('c'));
  });

  it('keeps every value when next() is called inside a delivery', async () => {
    const source = new Subject<number>();
    const reader = iterator(source);
    const answers: Promise<IteratorResult<number>>[] = [reader.next()];
    source.subscribe(() => answers.push(reader.next()));
    for (const n of [1, 2, 3]) source.next(n);
    source.complete();
    expect((await Promise.all(answers)).map(({ value }) => value as unknown)).toEqual([1, 2, 3, undefined]);
  });

  it('does not hold another source inside whose delivery next() is called', async () => {
    const seen: Valve[] = [];
    const outer = fromPull(['a', 'b', 'c']);
    outer.subscribe(() => {
      seen.push(currentValve()!);
      void iterator(merge(of(1, 2, 3), NEVER)).next();
    });
    await microtasks();
    expect(seen).toHaveLength(3);
  });

  it('takes no hold once it has been left inside a delivery', async () => {
    const holds: boolean[] = [];
    const valve = createValve(() => {});
    const source = new Observable<number>((subscriber) => {
      valve.next(subscriber, 1);
      holds.push(valve.held);
    });
    const reader = iterator(source);
    const left = reader.next().then(() => reader.return!());
    await left;
    expect(holds).toEqual([true]);
    await microtasks();
    expect(valve.held).toBe(false);
  });

  it('answers every next() that waits, though the first answer comes before the others can', async () => {
    const reader = iterator(repeatFetch(({ index }) => Promise.resolve(index < 2 ? index : undefined)));
    const answers = await Promise.all([reader.next(), reader.next(), reader.next()]);
    expect(answers).toEqual([{ done: false, value: 0 }, { done: false, value: 1 }, done]);
  });

  it.each([
    ['completed', EMPTY, ['done']],
    ['failed', throwError(() => 'failed'), ['error', 'failed']],
  ])('does not keep a hold on a source that has %s', async (_how, end$, end) => {
    const valve = createValve(() => {});
    const source = new Observable<number>((subscriber) => {
      valve.next(subscriber, 1);
      end$.subscribe(subscriber);
    });
    expect(await all(toAsyncIterable(source))).toEqual([1, ...end]);
    expect(valve.held).toBe(false);
  });

  it.each([[undefined], [null], [5], [[1]], [Promise.resolve(1)]])('refuses %s', (source) => {
    expect(() => toAsyncIterable(source as never)).toThrow(TypeError);
    expect(() => toAsyncIterable(source as never)).toThrow(/^toAsyncIterable: source\$ must be an Observable, but it is .+/);
  });
});

/** A pausable source that begins when `gate` opens. */
function fromGate<T>(gate: Observable<void>, values: readonly T[]): Observable<T> {
  return new Observable((subscriber) => gate.subscribe(() => subscriber.add(fromPull(values).subscribe(subscriber))));
}
