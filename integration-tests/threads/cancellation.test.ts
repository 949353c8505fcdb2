import { lastValueFrom } from 'rxjs';
import { Gate, recordedCall } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import { Pipe } from '../support/pipe.js';
import { taskPool } from '../support/task-pool.js';

/** A grace that no test outlives. */
const forever = 1e9;

describe('a cancelled call', () => {
  it('that waits is dropped: it never runs', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const head = recordedCall(pool, 'passGate', [gate.cells]);
    await gate.arrived();
    const dropped = recordedCall(pool, 'mark', ['dropped']);
    dropped.cancel();
    dropped.cancel();
    gate.open();
    await head.outcome;
    expect(await lastValueFrom(pool.tasks.seen())).toBe(0);
    expect(dropped.told).toEqual([]);
  });

  it('that waits for its thread to start is dropped, too', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const dropped = recordedCall(pool, 'mark', ['dropped']);
    dropped.cancel();
    expect(pool.free).toBe(1);
    expect(await lastValueFrom(pool.tasks.seen())).toBe(0);
    expect(dropped.told).toEqual([]);
  });

  it('sees its signal abort, stops in time, and keeps its thread', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const gate = new Gate();
    const call = recordedCall(pool, 'waitForAbort', [gate.cells], { graceMs: forever });
    await gate.arrived();
    call.cancel();
    await gate.left();
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
    expect(call.told).toEqual(['started']);
  });

  it('that fails because of the abort says nothing, and keeps its thread', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const gate = new Gate();
    const call = recordedCall(pool, 'aborts', [gate.cells], { graceMs: forever });
    await gate.arrived();
    call.cancel();
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
    expect(call.told).toEqual(['started']);
  });

  it('reads stopped in a synchronous loop', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const gate = new Gate();
    const call = recordedCall(pool, 'loopUntilStopped', [gate.cells], { graceMs: forever });
    await gate.arrived();
    call.cancel();
    await gate.left();
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
  });

  it('reads signal.aborted in a synchronous loop', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const call = recordedCall(pool, 'loopUntilAborted', [gate.cells], { graceMs: forever });
    await gate.arrived();
    call.cancel();
    await gate.left();
    expect(call.told).toEqual(['started']);
  });

  it('that goes on after its grace is killed, and its thread replaced', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const gate = new Gate();
    const call = recordedCall(pool, 'spin', [gate.cells], { graceMs: 20 });
    await gate.arrived();
    const next = recordedCall(pool, 'threadId');
    call.cancel();
    expect(pool.free).toBe(0);
    expect(await next.outcome).not.toEqual({ value: id });
    expect(call.told).toEqual(['started']);
  });

  it('is killed at once with graceMs 0', async () => {
    const pool = taskPool({ maxThreads: 1, graceMs: forever });
    const gate = new Gate();
    const call = recordedCall(pool, 'loopUntilStopped', [gate.cells], { graceMs: 0 });
    await gate.arrived();
    const next = recordedCall(pool, 'add', [1, 1]);
    call.cancel();
    expect(await next.outcome).toEqual({ value: 2 });
    // It was not asked to stop: it never got to say its last word.
    expect(Atomics.load(gate.cells, 2)).toBe(0);
  });

  it('takes the pool’s graceMs when it has none', async () => {
    const pool = taskPool({ maxThreads: 1, graceMs: 0 });
    const gate = new Gate();
    const subscription = pool.tasks.spin(gate.cells).subscribe();
    await gate.arrived();
    subscription.unsubscribe();
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it('keeps its slot until native code has let go of its thread', async () => {
    const pool = taskPool({ maxThreads: 1, spareThreads: 1, graceMs: 0 });
    await pool.ready();
    const pipe = new Pipe();
    const call = recordedCall(pool, 'native', [pipe.path]);
    const next = recordedCall(pool, 'add', [1, 1]);
    try {
      await pipe.opened();
      call.cancel();
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
      // A warm thread stands by, but what ran in the slot still does.
      expect([pool.free, next.told]).toEqual([0, []]);
    } finally {
      pipe.close();
    }
    expect(await next.outcome).toEqual({ value: 2 });
    expect(call.told).toEqual(['started']);
  });

  it('can be cancelled inside any of its own events', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const told: string[] = [];
    const cancel = pool.execute(
      { task: 'add', args: [1, 1], attempt: 1 },
      {
        started: () => {
          told.push('started');
          cancel();
        },
        result: () => told.push('result'),
        stream: () => told.push('stream'),
        failed: () => told.push('failed'),
      },
    );
    expect(await lastValueFrom(pool.tasks.add(1, 2))).toBe(3);
    expect(told).toEqual(['started']);
  });
});

describe('spareThreads', () => {
  it('never work beyond maxThreads', async () => {
    const pool = taskPool({ maxThreads: 1, spareThreads: 2 });
    await pool.ready();
    const gate = new Gate();
    const first = recordedCall(pool, 'passGate', [gate.cells]);
    const second = recordedCall(pool, 'passGate', [gate.cells]);
    await gate.arrived();
    expect([pool.capacity, pool.free, second.told]).toEqual([1, 0, []]);
    gate.open();
    await Promise.all([first.outcome, second.outcome]);
  });

  it('take over from killed threads, again and again', async () => {
    const pool = taskPool({ maxThreads: 1, spareThreads: 1, graceMs: 0 });
    const ids = new Set<unknown>();
    for (let i = 0; i < 5; i++) {
      const gate = new Gate();
      const call = recordedCall(pool, 'spin', [gate.cells]);
      await gate.arrived();
      call.cancel();
      ids.add(await lastValueFrom(pool.tasks.threadId()));
    }
    expect(ids.size).toBe(5);
  });
});
