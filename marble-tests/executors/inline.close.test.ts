import { NEVER, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { ExecutorClosedError } from '../../src/errors.js';
import { inline } from '../../src/executors/inline.js';
import { later } from '../pressure.js';
import { listen } from './listening.js';

/** Runs `work` in virtual time, to its end. What it returns may be awaited afterwards, in real time. */
function inVirtualTime<R>(work: (at: (ms: number, action: () => void) => void) => R): R {
  let result: R | undefined;
  new TestScheduler(() => undefined).run(({ cold, flush }) => {
    result = work((ms, action) => cold(`${String(ms)}ms x`).subscribe(action));
    flush();
  });
  return result as R;
}

const closedError = expect.any(ExecutorClosedError) as unknown;

describe('closing inline', () => {
  it('resolves at once when nothing runs', async () => {
    await expect(inline().close()).resolves.toBeUndefined();
  });

  it('refuses calls from then on', async () => {
    const here = inline({ run: () => 1 });
    const closing = here.close();
    const { told, cancel } = listen(here, { task: 'run' });
    cancel();

    expect(told).toEqual([['failed', closedError]]);
    expect(told).toEqual([
      ['failed', new ExecutorClosedError("inline() is closed and takes no call of task 'run'; make a new one.")],
    ]);
    await closing;
    expect(listen(here, { task: 'run' }).told).toEqual([['failed', closedError]]);
  });

  it('finishes what runs and what waits first', async () => {
    const order: unknown[] = [];
    await inVirtualTime(() => {
      const here = inline(
        { wait: (ms: number) => later(ms, ms), dispose: () => order.push('disposed') },
        { capacity: 1 },
      );
      here.tasks.wait(2).subscribe((v) => order.push(v));
      here.tasks.wait(1).subscribe((v) => order.push(v));
      return here.close().then(() => order.push('closed'));
    });

    expect(order).toEqual([2, 1, 'disposed', 'closed']);
  });

  it('does not wait for ever for calls that are cancelled', async () => {
    const here = inline({ wait: () => NEVER }, { capacity: 1 });
    const calls = [1, 2].map(() => listen(here, { task: 'wait' }));
    const closing = here.close();
    for (const { cancel } of calls) cancel();

    await closing;
    expect(calls.map(({ told }) => told)).toEqual([
      ['started', 'stream'],
      ['started', 'stream'],
    ]);
  });

  it('gives the same promise each time, and disposes once', async () => {
    let disposed = 0;
    const here = inline({ dispose: () => disposed++ });
    const first = here.close();

    expect(here.close()).toBe(first);
    expect(here.close({ force: true })).toBe(first);
    await first;
    await here.close();
    expect(disposed).toBe(1);
  });

  it('waits for what dispose promises, and rejects as it does', async () => {
    const order: string[] = [];
    const dispose = async (): Promise<void> => {
      await Promise.resolve();
      order.push('disposed');
      throw new Error('disposing failed');
    };
    await expect(inline({ dispose }).close()).rejects.toThrow('disposing failed');

    expect(order).toEqual(['disposed']);
  });

  it('leaves alone a dispose that is inherited or no function', async () => {
    await inline(Object.create({ dispose: () => expect.fail() }) as object).close();
    await inline({ dispose: 1 }).close();
  });

  it('with force cuts short what runs, and drops what waits without starting it', async () => {
    const started: number[] = [];
    const here = inline(
      {
        wait: (n: number) => {
          started.push(n);
          return NEVER;
        },
        promise: () => new Promise<never>(() => undefined),
      },
      { capacity: 2 },
    );
    const running = [listen(here, { task: 'wait', args: [1] }), listen(here, { task: 'promise' })];
    const waiting = [2, 3].map((n) => listen(here, { task: 'wait', args: [n] }));
    await here.close({ force: true });

    expect(started).toEqual([1]);
    expect(running.map(({ told }) => told)).toEqual([
      ['started', 'stream', ['error', closedError]],
      ['started', ['failed', closedError]],
    ]);
    expect(waiting.map(({ told }) => told)).toEqual([[['failed', closedError]], [['failed', closedError]]]);
  });

  it('with force says which task it cut short', async () => {
    const here = inline({ wait: () => NEVER });
    const call = listen(here, { task: 'wait' });
    await here.close({ force: true });

    expect(call.told.at(-1)).toEqual([
      'error',
      new ExecutorClosedError("inline() was closed by force before task 'wait' had finished."),
    ]);
  });

  it('with force stops the task: its signal is aborted', async () => {
    const stopped: boolean[] = [];
    const here = inline({ wait: () => NEVER });
    const subscription = here.tasks.wait().subscribe({ error: () => stopped.push(true) });
    await here.close({ force: true });

    expect(stopped).toEqual([true]);
    expect(subscription.closed).toBe(true);
  });

  it('can be forced after it was asked in peace', async () => {
    const here = inline({ wait: () => NEVER });
    const call = listen(here, { task: 'wait' });
    const closing = here.close();
    expect(call.told).toEqual(['started', 'stream']);
    void here.close({ force: true });

    await closing;
    expect(call.told.at(-1)).toEqual(['error', closedError]);
  });

  it('with timeoutMs forces after that long', async () => {
    const order: unknown[] = [];
    await inVirtualTime((at) => {
      const here = inline({ wait: () => NEVER });
      here.tasks.wait().subscribe({ error: (error: unknown) => order.push(error) });
      at(4, () => order.push('4 ms'));
      at(6, () => order.push('6 ms'));
      return here.close({ timeoutMs: 5 });
    });

    expect(order).toEqual(['4 ms', closedError, '6 ms']);
  });

  it('with timeoutMs does not force what ends in time', async () => {
    const order: unknown[] = [];
    await inVirtualTime(() => {
      const here = inline({ wait: () => later(3, 'x') });
      here.tasks.wait().subscribe((v) => order.push(v));
      return here.close({ timeoutMs: 5 });
    });

    expect(order).toEqual(['x']);
  });

  it.each([
    ['cut short', NEVER],
    ['ended', of('x')],
  ])('with timeoutMs waits no longer than that for dispose, its calls %s', async (_, result$) => {
    await inVirtualTime(() => {
      const here = inline({ work: () => result$, dispose: () => new Promise(() => undefined) });
      here.tasks.work().subscribe({ error: () => undefined });
      return here.close({ timeoutMs: 5 });
    });
  });

  it('with force waits for dispose, unless that is waited for already', async () => {
    let disposed = (): void => undefined;
    const here = inline({ dispose: () => new Promise<void>((resolve) => (disposed = resolve)) });
    let isClosed = false;
    const closed = here.close({ force: true }).then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    disposed();
    await closed;

    const another = inline({ dispose: () => new Promise(() => undefined) });
    const closing = another.close();
    await new Promise((resolve) => setImmediate(resolve));
    void another.close({ force: true });
    await closing;
  });

  it('with timeoutMs leaves no timer behind', async () => {
    vi.useFakeTimers();
    try {
      const here = inline({ wait: () => NEVER });
      const call = listen(here, { task: 'wait' });
      const closing = here.close({ timeoutMs: 5 });
      expect(vi.getTimerCount()).toBe(1);
      call.cancel();
      await closing;

      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('with timeoutMs rejects once, as dispose does, and nothing else rejects', async () => {
    await expect(
      inVirtualTime(() => {
        const here = inline({
          wait: () => later(3, 'x'),
          dispose: () => {
            throw new Error('disposing failed');
          },
        });
        here.tasks.wait().subscribe();
        return here.close({ timeoutMs: 5 });
      }),
    ).rejects.toThrow('disposing failed');
  });

  it('tells whoever waits for room that there will be none it can use: a held source is let go', async () => {
    const here = inline({ wait: () => NEVER, quick: (v: string) => of(v) }, { capacity: 1 });
    let room = 0;
    here.onRoom(() => room++);
    listen(here, { task: 'wait' });
    await here.close({ force: true });

    expect(room).toBeGreaterThan(0);
  });

  it.each([
    [{ timeoutMs: -1 }, 'close: timeoutMs must be a number of milliseconds from 0 to 2147483647, but it is -1'],
    [
      { timeoutMs: Number.NaN },
      'close: timeoutMs must be a number of milliseconds from 0 to 2147483647, but it is NaN',
    ],
    [{ timeout: 5 }, "close: there is no option 'timeout' (got 5); it takes force, timeoutMs"],
    [{ force: 'yes' }, "close: force must be true or false, but it is 'yes'"],
  ])('refuses %j', (options, message) => {
    expect(() => inline().close(options as never)).toThrow(message);
  });
});
