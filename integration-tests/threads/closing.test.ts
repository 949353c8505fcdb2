import { lastValueFrom } from 'rxjs';
import { ExecutorClosedError } from 'rxjs-background';
import { Gate, recordedCall } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { poolOf, taskPool } from '../support/task-pool.js';

describe('close()', () => {
  it('waits for what runs and what waits, and refuses what comes', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const calls = [recordedCall(pool, 'passGate', [gate.cells, 'ran']), recordedCall(pool, 'identity', ['waited'])];
    await gate.arrived();
    let closed = false;
    const closing = pool.close().then(() => (closed = true));
    expect(pool.close()).toBe(pool.close());
    const refused = (await failureOf(pool.tasks.add(1, 1))) as Error;
    expect(refused).toBeInstanceOf(ExecutorClosedError);
    expect(refused).toMatchObject({ code: 'ERR_EXECUTOR_CLOSED' });
    expect(refused.message).toMatch(/threads\(tasks\.mjs\) is closed and takes no call of task 'add'/);
    expect(closed).toBe(false);
    gate.open();
    await closing;
    expect(await Promise.all(calls.map(({ outcome }) => outcome))).toEqual([{ value: 'ran' }, { value: 'waited' }]);
  });

  it('of a pool that never ran anything resolves', async () => {
    await taskPool().close();
    await taskPool().close({ force: true });
  });

  it('while threads start resolves', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const ready = pool.ready().catch((error: unknown) => error);
    await pool.close();
    expect(await ready).toBeInstanceOf(ExecutorClosedError);
    await expect(pool.ready()).rejects.toBeInstanceOf(ExecutorClosedError);
  });

  it('disposes every worker', async () => {
    const pool = taskPool({ maxThreads: 2 });
    await pool.ready();
    const gates = [new Gate(), new Gate()];
    const both = gates.map(({ cells }) => recordedCall(pool, 'sayWhenDisposed', [cells]));
    await Promise.all(both.map(({ outcome }) => outcome));
    await pool.close();
    expect(gates.map(({ cells }) => Atomics.load(cells, 2))).toEqual([1, 1]);
  });

  it('rejects with what dispose throws', async () => {
    const pool = poolOf<{ add(a: number, b: number): number }>('disposal-fails.mjs', { maxThreads: 1 });
    await lastValueFrom(pool.tasks.add(1, 1));
    await expect(pool.close()).rejects.toThrow(RangeError);
    await expect(pool.close()).rejects.toThrow('still open');
  });

  it('with force cuts short what runs, and drops what waits', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const calls = [recordedCall(pool, 'spin', [gate.cells]), recordedCall(pool, 'add', [1, 1])];
    await gate.arrived();
    await pool.close({ force: true });
    for (const { outcome, told } of calls) {
      const { error } = (await outcome) as { error: Error };
      expect(error).toBeInstanceOf(ExecutorClosedError);
      expect(error.message).toMatch(/closed by force before task '(spin|add)' had finished/);
      expect(told.at(-1)).toBe('failed');
    }
  });

  it('with force overtakes one that waits', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const call = recordedCall(pool, 'spin', [gate.cells]);
    await gate.arrived();
    const peaceful = pool.close();
    await pool.close({ force: true });
    await peaceful;
    expect(call.told).toEqual(['started', 'failed']);
  });

  it('forces after timeoutMs, when a task never ends', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const call = recordedCall(pool, 'spin', [gate.cells]);
    await gate.arrived();
    await pool.close({ timeoutMs: 20 });
    expect(((await call.outcome) as { error: unknown }).error).toBeInstanceOf(ExecutorClosedError);
  });

  it('forces after timeoutMs, when dispose never ends', async () => {
    const pool = poolOf<{ add(a: number, b: number): number }>('disposal-hangs.mjs', { maxThreads: 1 });
    await lastValueFrom(pool.tasks.add(1, 1));
    await pool.close({ timeoutMs: 20 });
  });

  it('waits for a cancelled call that still stops', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const call = recordedCall(pool, 'waitForAbort', [gate.cells], { graceMs: 1e9 });
    await gate.arrived();
    call.cancel();
    await pool.close();
    expect(Atomics.load(gate.cells, 2)).toBe(1);
  });

  it('does not wait for a call that cannot be sent', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const call = recordedCall(pool, 'echo', [() => 1]);
    await pool.close();
    expect(((await call.outcome) as { error: Error }).error.name).toBe('TaskCloneError');
  });

  it('refuses options it does not know', () => {
    const pool = taskPool();
    expect(() => pool.close({ timeoutMs: -1 })).toThrow(/timeoutMs .* -1/);
    expect(() => pool.close({ forced: true } as never)).toThrow(/no option 'forced'/);
  });

  it('is what the end of an `await using` block does', async () => {
    const pool = taskPool({ maxThreads: 1 });
    await pool[Symbol.asyncDispose]();
    expect(await failureOf(pool.tasks.add(1, 1))).toBeInstanceOf(ExecutorClosedError);
  });
});
