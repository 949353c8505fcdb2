import { AsyncLocalStorage } from 'node:async_hooks';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { inline } from 'rxjs-background';
import { currentTask } from 'rxjs-background/worker';
import { Gate, recordedCall } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import { taskPool } from '../support/task-pool.js';

describe('a call', () => {
  it('gives what the task returns, or what its promise brings', async () => {
    const pool = taskPool({ maxThreads: 1 });
    expect(await lastValueFrom(pool.tasks.add(1, 2))).toBe(3);
    expect(await lastValueFrom(pool.tasks.later('x'))).toBe('x');
    expect(
      await lastValueFrom(pool.tasks.echo(undefined, null, 1n, new Date(0), new Map([[1, new Set([2])]]))),
    ).toEqual([undefined, null, 1n, new Date(0), new Map([[1, new Set([2])]])]);
  });

  it('is cold: each subscription runs it once', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id$ = pool.tasks.threadId();
    const ids = await Promise.all([firstValueFrom(id$), firstValueFrom(id$)]);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).toBeGreaterThan(0);
  });

  it('is told as started, then ended, nothing else', async () => {
    const call = recordedCall(taskPool({ maxThreads: 1 }), 'add', [1, 2]);
    expect(call.told).toEqual([]);
    expect(await call.outcome).toEqual({ value: 3 });
    call.cancel();
    expect(call.told).toEqual(['started', 'result']);
  });

  it('tells its listener in the asynchronous context of the caller', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const request = new AsyncLocalStorage<string>();
    const seen = ['a', 'b'].map((name) =>
      request.run(
        name,
        () =>
          new Promise((resolve, reject) =>
            pool.tasks.later(1).subscribe({ next: () => resolve(request.getStore()), error: reject }),
          ),
      ),
    );
    expect(await Promise.all(seen)).toEqual(['a', 'b']);
  });
});

describe('capacity', () => {
  it('is never exceeded; the rest waits and starts in the order it came', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const gates = Array.from({ length: 6 }, () => new Gate());
    const order: number[] = [];
    const calls = gates.map((gate, i) => {
      const call = recordedCall(pool, 'blockAtGate', [gate.cells, i]);
      void call.started.then(() => order.push(i));
      return call;
    });
    expect([pool.capacity, pool.free]).toEqual([2, 0]);
    for (const [i, gate] of gates.entries()) {
      await gate.arrived();
      // Its neighbour may have started, nobody after that.
      expect(calls.slice(i + 2).flatMap(({ told }) => told)).toEqual([]);
      gate.open();
      expect(await calls[i]!.outcome).toEqual({ value: i });
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(pool.free).toBe(2);
  });

  it('is known at once; a call that waits for its thread has its slot', () => {
    const pool = taskPool({ maxThreads: 3 });
    expect([pool.capacity, pool.free]).toEqual([3, 3]);
    recordedCall(pool, 'add', [1, 1]);
    expect(pool.free).toBe(2);
    for (let i = 0; i < 5; i++) recordedCall(pool, 'add', [1, 1]);
    expect(pool.free).toBe(0);
  });

  it('tells of room whenever there may be more than before', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const seen: number[] = [];
    const stop = pool.onRoom(() => seen.push(pool.free));
    const gate = new Gate();
    const calls = [recordedCall(pool, 'passGate', [gate.cells]), recordedCall(pool, 'add', [1, 1])];
    await gate.arrived();
    expect(seen).toEqual([]);
    gate.open();
    await Promise.all(calls.map(({ outcome }) => outcome));
    expect(seen).toEqual([1]);
    stop();
    await recordedCall(pool, 'add', [1, 1]).outcome;
    expect(seen).toEqual([1]);
  });

  it('takes 20,000 waiting calls, cancelled in any order, without growing slow', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const head = recordedCall(pool, 'passGate', [gate.cells]);
    const waiting = Array.from({ length: 20_000 }, (_, i) => recordedCall(pool, 'identity', [i]));
    await gate.arrived();
    const before = performance.now();
    for (let i = 0; i < 20_000; i += 2) waiting[(i * 7919) % 20_000]!.cancel();
    // A queue that is searched for every cancel takes seconds.
    expect(performance.now() - before).toBeLessThan(1000);
    gate.open();
    await head.outcome;
    const left = waiting.filter((_, i) => i % 2 === 1);
    expect(await Promise.all(left.map(({ outcome }) => outcome))).toEqual(
      Array.from({ length: 10_000 }, (_, i) => ({ value: 2 * i + 1 })),
    );
    expect(waiting.filter((_, i) => i % 2 === 0).flatMap(({ told }) => told)).toEqual([]);
  });
});

describe('currentTask()', () => {
  it('gives attempt, data and signal anywhere in the task', async () => {
    const data = { limit: 3, list: [1] };
    const pool = taskPool({ maxThreads: 1, data });
    data.limit = 4;
    const { outcome } = recordedCall(pool, 'context', [], { attempt: 3 });
    expect(await outcome).toEqual({
      value: { same: true, attempt: 3, data: { limit: 3, list: [1] }, stopped: false, aborted: false },
    });
  });

  it('is still there after a task has opened a pool of its own', async () => {
    const pool = taskPool({ maxThreads: 1 });
    expect(await lastValueFrom(pool.tasks.nested(1, 2))).toEqual({ sum: 3, same: true });
  });

  it('follows the awaits of tasks that run side by side on this thread', async () => {
    const here = inline(
      {
        async own(wait: Promise<void>) {
          const before = currentTask();
          await wait;
          return currentTask() === before;
        },
      },
      { capacity: 2 },
    );
    const wait = new Promise<void>((resolve) => setImmediate(resolve));
    const both = await Promise.all([firstValueFrom(here.tasks.own(wait)), firstValueFrom(here.tasks.own(wait))]);
    expect(both).toEqual([true, true]);
  });
});

describe('transfer', () => {
  it('moves what a call lists, and nothing it does not', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const kept = new Uint8Array(1000);
    const moved = new Uint8Array(1000);
    expect(await lastValueFrom(pool.tasks.length(kept))).toBe(1000);
    expect(kept.byteLength).toBe(1000);
    expect(await recordedCall(pool, 'length', [moved], { transfer: [moved.buffer] }).outcome).toEqual({ value: 1000 });
    expect(moved.byteLength).toBe(0);
  });

  it('moves what the task marks in its result, however deep', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const { deep } = await lastValueFrom(pool.tasks.moved(5000));
    expect(deep[0]?.byteLength).toBe(5000);
    // Taken out of its worker, not copied from it.
    expect(await lastValueFrom(pool.tasks.movedLength())).toBe(0);
  });
});

describe('threads', () => {
  it('start with the calls, as many as these need at once', async () => {
    const pool = taskPool({ maxThreads: 4 });
    const ids = new Set<unknown>();
    for (let i = 0; i < 10; i++) ids.add(await lastValueFrom(pool.tasks.threadId()));
    expect(ids.size).toBe(1);
  });

  it('keep what a task left in them', async () => {
    const pool = taskPool({ maxThreads: 1 });
    await lastValueFrom(pool.tasks.mark(7), { defaultValue: undefined });
    expect(await lastValueFrom(pool.tasks.seen())).toBe(7);
  });

  it('are all there, with the module loaded, once ready() has resolved', async () => {
    const pool = taskPool({ maxThreads: 2 });
    await pool.ready();
    const calls = [recordedCall(pool, 'threadId'), recordedCall(pool, 'threadId')];
    // Nothing has to start: the calls run at once.
    expect(calls.map(({ told }) => [...told])).toEqual([['started'], ['started']]);
    const ids = await Promise.all(calls.map(({ outcome }) => outcome));
    expect(ids[0]).not.toEqual(ids[1]);
    await pool.ready();
  });

  it('that are idle for idleTimeoutMs end, disposed, and others come when they are needed', async () => {
    const pool = taskPool({ maxThreads: 1, idleTimeoutMs: 20 });
    const disposed = new Gate();
    await lastValueFrom(pool.tasks.sayWhenDisposed(disposed.cells), { defaultValue: undefined });
    await disposed.left();
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it('can be more or fewer from now on, for calls that wait, too', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gates = [new Gate(), new Gate(), new Gate()];
    const calls = gates.map(({ cells }, i) => recordedCall(pool, 'blockAtGate', [cells, i]));
    await gates[0]!.arrived();
    expect(calls[1]!.told).toEqual([]);
    pool.resize({ maxThreads: 3 });
    await Promise.all(gates.map((gate) => gate.arrived()));
    expect([pool.capacity, pool.free]).toEqual([3, 0]);
    pool.resize({ maxThreads: 1 });
    expect([pool.capacity, pool.free]).toEqual([1, 0]);
    gates[0]!.open();
    gates[1]!.open();
    await Promise.all([calls[0]!.outcome, calls[1]!.outcome]);
    expect(pool.free).toBe(0);
    const next = recordedCall(pool, 'add', [1, 1]);
    gates[2]!.open();
    expect(await calls[2]!.outcome).toEqual({ value: 2 });
    expect(await next.outcome).toEqual({ value: 2 });
    expect(pool.free).toBe(1);
  });
});
