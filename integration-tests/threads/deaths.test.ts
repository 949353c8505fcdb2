import { lastValueFrom } from 'rxjs';
import { WorkerCrashError } from 'rxjs-background';
import { Gate, recordedCall } from 'rxjs-background/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { taskPool } from '../support/task-pool.js';

const warnings: Error[] = [];
let warned: () => void = () => undefined;
const onWarning = (warning: Error): void => {
  if (warning.name !== 'BackgroundWarning') return;
  warnings.push(warning);
  warned();
};
const aWarning = (): Promise<void> => new Promise((resolve) => (warned = resolve));
beforeEach(() => {
  warnings.length = 0;
  process.on('warning', onWarning);
});
afterEach(() => {
  process.off('warning', onWarning);
});

describe('a task that kills its worker', () => {
  it.each([
    ['exit', [0], /process\.exit\(0\) was called in it/, undefined],
    ['exit', [1], /process\.exit\(1\) was called in it/, undefined],
    [
      'throwsUncaught',
      ['boom'],
      /nothing caught RangeError: boom/,
      { name: 'RangeError', message: 'boom', code: 'E_LATE' },
    ],
    ['rejectsUnhandled', ['boom'], /nothing caught RangeError: boom/, { name: 'RangeError', message: 'boom' }],
  ] as const)('%s(%o) fails with what happened, and the pool goes on', async (task, args, message, cause) => {
    const pool = taskPool({ maxThreads: 2 });
    const gate = new Gate();
    const neighbour = recordedCall(pool, 'passGate', [gate.cells, 'fine']);
    await gate.arrived();
    const call = recordedCall(pool, task, args, { index: 4 });
    const { error } = (await call.outcome) as { error: Error };
    expect(error).toBeInstanceOf(WorkerCrashError);
    expect(error).toMatchObject({ code: 'ERR_WORKER_CRASH', name: 'WorkerCrashError' });
    expect(error.message).toContain(`task '${task}' (index 4): the worker of threads(tasks.mjs) that ran it died`);
    expect(error.message).toMatch(message);
    if (cause === undefined) expect(error.cause).toBeUndefined();
    else expect(error.cause).toMatchObject(cause);
    expect(error.stack).toContain('called from');
    expect(call.told).toEqual(['started', 'failed']);
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
    gate.open();
    expect(await neighbour.outcome).toEqual({ value: 'fine' });
    expect(pool.free).toBe(2);
    expect(warnings).toEqual([]);
  });

  it('by eating its memory fails with advice', async () => {
    const pool = taskPool({
      maxThreads: 1,
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
    });
    const error = (await failureOf(pool.tasks.eatMemory())) as Error;
    expect(error).toBeInstanceOf(WorkerCrashError);
    expect(error.message).toMatch(/ran out of memory.*resourceLimits\.maxOldGenerationSizeMb/);
    expect(error.cause).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it('leaves those that wait alone', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const calls = [
      recordedCall(pool, 'exit', [1]),
      recordedCall(pool, 'add', [1, 1]),
      recordedCall(pool, 'exit', [1]),
      recordedCall(pool, 'add', [2, 2]),
    ];
    const ends = await Promise.all(calls.map(({ outcome }) => outcome));
    expect(ends.map((end) => ('value' in end ? end.value : (end.error as Error).name))).toEqual([
      'WorkerCrashError',
      2,
      'WorkerCrashError',
      4,
    ]);
  });

  it('twenty times in a row is replaced twenty times', async () => {
    const pool = taskPool({ maxThreads: 1 });
    for (let i = 0; i < 20; i++) expect(await failureOf(pool.tasks.exit(1))).toBeInstanceOf(WorkerCrashError);
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it('after it was cancelled says nothing', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const call = recordedCall(pool, 'exitsOnAbort', [gate.cells]);
    await gate.arrived();
    call.cancel();
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
    expect(call.told).toEqual(['started']);
  });
});

describe('what a task leaves behind', () => {
  it.each([['throw'], ['rejection']])('and fails (%s) while another runs is not the other’s failure', async (kind) => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const [late, other] = [new Gate(), new Gate()];
    expect(await lastValueFrom(pool.tasks.throwsLater(late.cells, kind))).toBe('ended');
    const call = recordedCall(pool, 'passGate', [other.cells, 'fine']);
    await other.arrived();
    const heard = aWarning();
    late.open();
    await heard;
    other.open();
    expect(await call.outcome).toEqual({ value: 'fine' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ name: 'BackgroundWarning' });
    // The thread was not trusted any more.
    expect(await lastValueFrom(pool.tasks.threadId())).not.toBe(id);
  });

  it('and exits while another runs fails that one: nothing can tell them apart', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const [late, other] = [new Gate(), new Gate()];
    await lastValueFrom(pool.tasks.throwsLater(late.cells, 'exit'));
    const call = recordedCall(pool, 'passGate', [other.cells, 'fine']);
    await other.arrived();
    late.open();
    expect(await call.outcome).toMatchObject({ error: { name: 'WorkerCrashError', code: 'ERR_WORKER_CRASH' } });
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it.each([['throw'], ['rejection'], ['exit']])(
    'and fails (%s) while nothing runs replaces the thread',
    async (kind) => {
      const pool = taskPool({ maxThreads: 1 });
      const id = await lastValueFrom(pool.tasks.threadId());
      const late = new Gate();
      await lastValueFrom(pool.tasks.throwsLater(late.cells, kind));
      const heard = aWarning();
      late.open();
      await heard;
      expect(warnings[0]?.message).toMatch(/died while it had nothing to do/);
      expect(await lastValueFrom(pool.tasks.threadId())).not.toBe(id);
    },
  );

  it('never fails a call that was sent, but not begun, when the thread died', async () => {
    const pool = taskPool({ maxThreads: 1 });
    for (let i = 0; i < 20; i++) {
      const late = new Gate();
      await lastValueFrom(pool.tasks.throwsLater(late.cells, 'exit'));
      late.open();
      // In a race with the death: it runs before, or on the next thread, but never fails.
      const call = recordedCall(pool, 'identity', [i]);
      expect(await call.outcome).toEqual({ value: i });
      expect(call.told).toEqual(['started', 'result']);
    }
  });
});
