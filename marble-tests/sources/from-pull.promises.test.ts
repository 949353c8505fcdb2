// Real promises, in microtasks: no timer runs here but the one that RxJS reports unhandled errors with.
import { Readable } from 'node:stream';
import { config, lastValueFrom, Subject, take, takeUntil, toArray } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromPull } from '../../src/index.js';

/** The next error that is reported to `config.onUnhandledError`. */
function unhandled(): Promise<unknown> {
  return new Promise((resolve) => {
    config.onUnhandledError = resolve;
  });
}

afterEach(() => {
  config.onUnhandledError = null;
});

interface Pending<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** An async iterator whose answers are given by hand. */
function byHand<T>() {
  const pending: Pending<IteratorResult<T>>[] = [];
  const next = vi.fn(() => new Promise<IteratorResult<T>>((resolve, reject) => pending.push({ resolve, reject })));
  const close = vi.fn((): Promise<IteratorResult<T>> => Promise.resolve({ done: true, value: undefined }));
  return { iterator: { next, return: close }, next, return: close, pending };
}

/** Lets everything that waits for promises already kept happen. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

async function all<T>(source: ReturnType<typeof fromPull<T>>): Promise<T[]> {
  return lastValueFrom(source.pipe(toArray()));
}

describe('fromPull, asynchronous', () => {
  it('takes an async generator function, afresh for each subscription', async () => {
    const source = fromPull(async function* () {
      yield await Promise.resolve(1);
      yield 2;
    });
    expect([await all(source), await all(source)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('takes a promise of something to pull from', async () => {
    expect(await all(fromPull(() => Promise.resolve([1, 2])))).toEqual([1, 2]);
    expect(await all(fromPull(() => Promise.resolve(new ReadableStream({ start: (c) => { c.enqueue(3); c.close(); } }))))).toEqual([3]);
  });

  it('fails when the promise is broken, or is of nothing to pull from', async () => {
    await expect(all(fromPull(() => Promise.reject(new Error('broken'))))).rejects.toThrow('broken');
    await expect(all(fromPull((() => Promise.resolve(5)) as never))).rejects.toThrow(/must give an iterable, .* but it gave 5/);
  });

  it('has one next() under way', async () => {
    const { iterator, next, pending } = byHand<number>();
    const seen: number[] = [];
    fromPull(iterator).subscribe((value) => seen.push(value));
    await microtasks();
    expect(next).toHaveBeenCalledTimes(1);
    pending[0]!.resolve({ done: false, value: 1 });
    await microtasks();
    expect([seen, next.mock.calls.length]).toEqual([[1], 2]);
  });

  it('passes on a rejection, also of undefined, after the values before it', async () => {
    const { iterator, pending } = byHand<number>();
    const seen: unknown[] = [];
    fromPull(iterator).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push('error', error) });
    pending[0]!.resolve({ done: false, value: 1 });
    await microtasks();
    pending[1]!.reject(undefined);
    await microtasks();
    expect(seen).toEqual([1, 'error', undefined]);
  });

  it.each([[undefined], [7]])('refuses a promised result that is no object: %s', async (step) => {
    const { iterator, pending } = byHand<number>();
    const error = vi.fn();
    fromPull(iterator).subscribe({ error });
    pending[0]!.resolve(step as never);
    await microtasks();
    expect(error).toHaveBeenCalledExactlyOnceWith(
      new TypeError(`an iterator's next() must give an object with value and done, but it gave ${String(step)}`),
    );
  });

  it('passes on what a result throws when it is read', async () => {
    const { iterator, pending } = byHand<number>();
    const error = vi.fn();
    fromPull(iterator).subscribe({ error });
    pending[0]!.resolve({ get done(): never { throw new Error('thrown'); } } as never);
    await microtasks();
    expect(error).toHaveBeenCalledExactlyOnceWith(new Error('thrown'));
  });

  it('returns the iterator at once while next() is pending, and drops what that brings', async () => {
    const { iterator, pending, return: close } = byHand<number>();
    const seen = vi.fn();
    const subscription = fromPull(iterator).subscribe({ next: seen, error: seen, complete: seen });
    await microtasks();
    subscription.unsubscribe();
    expect(close).toHaveBeenCalledTimes(1);
    pending[0]!.resolve({ done: false, value: 1 });
    await microtasks();
    expect(seen).not.toHaveBeenCalled();
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('drops what a pending next() fails with when its subscriber has left', async () => {
    const { iterator, pending } = byHand<number>();
    const report = vi.fn();
    config.onUnhandledError = report;
    const error = vi.fn();
    const subscription = fromPull(iterator).subscribe({ error });
    subscription.unsubscribe();
    pending[0]!.reject(new Error('late'));
    await microtasks();
    expect(error).not.toHaveBeenCalled();
    expect(report).not.toHaveBeenCalled();
  });

  it('lets an async generator return as soon as it yields', async () => {
    const log: string[] = [];
    let go = (): void => {};
    const returned = new Promise<void>((resolve) => {
      const subscription = fromPull(async function* () {
        try {
          await new Promise<void>((kept) => {
            go = kept;
          });
          yield 1;
        } finally {
          log.push('returned');
          resolve();
        }
      }).subscribe(() => log.push('value'));
      subscription.unsubscribe();
    });
    go();
    await returned;
    expect(log).toEqual(['returned']);
  });

  it('reports what return() throws', async () => {
    const { iterator } = byHand<number>();
    const reported = unhandled();
    fromPull({ ...iterator, return: () => { throw new Error('return threw'); } }).subscribe().unsubscribe();
    expect(await reported).toEqual(new Error('return threw'));
  });

  it('reports what return() rejects with', async () => {
    const { iterator } = byHand<number>();
    const reported = unhandled();
    fromPull({ ...iterator, return: () => Promise.reject(new Error('return rejected')) }).subscribe().unsubscribe();
    expect(await reported).toEqual(new Error('return rejected'));
  });

  it('reports what the finally block of a generator throws when its subscriber left while it ran', async () => {
    const reported = unhandled();
    const leave = new Subject<void>();
    const source = fromPull(function* () {
      try {
        leave.next();
        yield 1;
      } finally {
         
        throw new Error('finally');
      }
    });
    source.pipe(takeUntil(leave)).subscribe();
    expect(await reported).toEqual(new Error('finally'));
  });

  it('gives the function a signal that is aborted when the subscriber leaves, while its promise is pending', async () => {
    let signal: AbortSignal | undefined;
    const opened = vi.fn(() => [1][Symbol.iterator]());
    let resolve = (_source: Iterable<number>): void => {};
    const subscription = fromPull<number>((context) => {
      signal = context.signal;
      return new Promise((kept) => {
        resolve = kept;
      });
    }).subscribe();
    await microtasks();
    expect(signal?.aborted).toBe(false);
    subscription.unsubscribe();
    expect(signal?.aborted).toBe(true);
    const { iterator, next, return: close } = byHand<number>();
    resolve({ [Symbol.iterator]: opened });
    resolve(iterator as never);
    await microtasks();
    expect(next).not.toHaveBeenCalled();
    expect(close.mock.calls.length).toBeLessThanOrEqual(1);
  });

  it.each<[string, (context: { signal: AbortSignal }) => unknown]>([
    ['it throws', () => { throw new Error('failed'); }],
    ['it gives nothing to pull from', () => 5],
    ['its promise is broken', () => Promise.reject(new Error('failed'))],
    ['its generator throws', function* () { yield 1; throw new Error('failed'); }],
    ['its asynchronous generator throws', async function* () { yield await Promise.resolve(1); throw new Error('failed'); }],
    ['its stream fails', () => new ReadableStream({ start: (controller) => controller.error(new Error('failed')) })],
  ])('aborts the signal of the function when %s', async (_how, make) => {
    let signal: AbortSignal | undefined;
    const source = fromPull<unknown>((context) => {
      signal = context.signal;
      return make(context) as Iterable<unknown>;
    });
    await expect(all(source)).rejects.toThrow();
    expect(signal?.aborted).toBe(true);
  });

  it('closes what a promise brings after the subscriber has left', async () => {
    const cancelled = vi.fn();
    let resolve = (_source: ReadableStream<number>): void => {};
    fromPull<number>(() => new Promise((kept) => { resolve = kept; })).subscribe().unsubscribe();
    resolve(new ReadableStream({ cancel: cancelled }));
    await microtasks();
    expect(cancelled).toHaveBeenCalledTimes(1);
  });
});

describe('fromPull of a stream of Node', () => {
  it('refuses a second subscription to a stream of Node, while the first reads and afterwards', async () => {
    const source = fromPull(Readable.from([1, 2, 3]));
    const seen = all(source);
    await expect(all(source)).rejects.toThrow('a Readable can be read only once');
    expect(await seen).toEqual([1, 2, 3]);
    await expect(all(source)).rejects.toThrow('a Readable can be read only once');
  });
});

describe('fromPull of a ReadableStream', () => {
  it('reads to the end and lets go of the lock', async () => {
    const stream = new ReadableStream<number>({
      start: (controller) => {
        controller.enqueue(1);
        controller.enqueue(2);
        controller.close();
      },
    });
    expect(await all(fromPull(stream))).toEqual([1, 2]);
    expect(stream.locked).toBe(false);
  });

  it('locks it while it is subscribed, cancels it and lets go of the lock when the subscriber leaves', async () => {
    const cancel = vi.fn();
    const stream = new ReadableStream<number>({ cancel });
    const source = fromPull(stream);
    expect(stream.locked).toBe(false);
    const subscription = source.subscribe();
    expect(stream.locked).toBe(true);
    subscription.unsubscribe();
    await microtasks();
    expect([cancel.mock.calls.length, stream.locked]).toEqual([1, false]);
  });

  it('reads one chunk at a time', async () => {
    let pulled = 0;
    const stream = new ReadableStream<number>({ pull: (controller) => controller.enqueue(++pulled) }, { highWaterMark: 0 });
    const seen = await new Promise((resolve) => {
      fromPull(stream).pipe(take(3), toArray()).subscribe(resolve);
    });
    expect([seen, pulled]).toEqual([[1, 2, 3], 3]);
  });

  it('passes on its error and lets go of the lock', async () => {
    const stream = new ReadableStream<number>({ pull: () => Promise.reject(new Error('broken')) });
    await expect(all(fromPull(stream))).rejects.toThrow('broken');
    expect(stream.locked).toBe(false);
  });

  it('reports what cancel() rejects with', async () => {
    const reported = unhandled();
    const stream = new ReadableStream<number>({ cancel: () => Promise.reject(new Error('cancel rejected')) });
    fromPull(stream).subscribe().unsubscribe();
    expect(await reported).toEqual(new Error('cancel rejected'));
  });

  it('reports what cancel() throws, and lets go of the lock', async () => {
    const reported = unhandled();
    const releaseLock = vi.fn();
    const reader = {
      read: () => new Promise<never>(() => {}),
      cancel: (): Promise<void> => {
        throw new Error('cancel threw');
      },
      releaseLock,
    };
    fromPull<number>({ getReader: () => reader })
      .subscribe()
      .unsubscribe();
    expect(await reported).toEqual(new Error('cancel threw'));
    expect(releaseLock).toHaveBeenCalledOnce();
  });

  it('refuses a stream that is locked, and a second subscription', async () => {
    const locked = new ReadableStream<number>();
    locked.getReader();
    await expect(all(fromPull(locked))).rejects.toThrow(TypeError);
    const stream = new ReadableStream<number>({ start: (controller) => controller.close() });
    const source = fromPull(stream);
    await all(source);
    await expect(all(source)).rejects.toThrow(/a ReadableStream can be read only once/);
  });

  it('never settles with nothing to read', () => {
    const seen = vi.fn();
    fromPull(new ReadableStream<number>()).subscribe({ next: seen, complete: seen, error: seen }).unsubscribe();
    expect(seen).not.toHaveBeenCalled();
  });
});
