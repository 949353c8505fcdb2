import { lastValueFrom } from 'rxjs';
import type { ContractPart } from './contract-types.js';
import { recordedCall, type CallOutcome } from './recorded-call.js';

/** What a failed call is compared by. */
function failureOf(outcome: CallOutcome): Record<string, unknown> {
  if (!('error' in outcome)) return { value: outcome.value };
  const { name, message, code, size, cause } = outcome.error as Error & Record<string, unknown>;
  return {
    ranged: outcome.error instanceof RangeError,
    name,
    message,
    code,
    size,
    cause: cause instanceof TypeError ? cause.message : cause,
  };
}

/** Calls and how they end. */
export function describeCalls({ test, expect, capabilities }: ContractPart): void {
  test('a call starts, then gives its result, whether it comes at once or by promise', 1, async (executor) => {
    for (const task of ['add', 'addLater']) {
      const call = recordedCall(executor, task, [1, 2]);
      expect(await call.outcome).toEqual({ value: 3 });
      expect(call.told).toEqual(['started', 'result']);
    }
  });

  test('a task handle gives a cold Observable of it', 1, async (executor) => {
    const sum$ = executor.tasks.add(1, 2);
    expect([await lastValueFrom(sum$), await lastValueFrom(sum$)]).toEqual([3, 3]);
  });

  test('a failure keeps class, name, message, code, own fields and cause', 1, async (executor) => {
    for (const task of ['fail', 'failLater']) {
      const call = recordedCall(executor, task, ['too much']);
      expect(failureOf(await call.outcome)).toEqual({
        ranged: true,
        name: 'RangeError',
        message: 'too much',
        code: 'E_CONTRACT',
        size: 3,
        cause: 'below',
      });
      expect(call.told).toEqual(['started', 'failed']);
    }
  });

  test('undefined can be thrown, and is a failure', 1, async (executor) => {
    const call = recordedCall(executor, 'throwUndefined');
    expect(await call.outcome).toEqual({ error: undefined });
    expect(call.told).toEqual(['started', 'failed']);
  });

  test('only own exported functions are tasks', 1, async (executor) => {
    for (const task of ['nobody', 'constructor', '__proto__', 'toString', 'dispose']) {
      const outcome = await recordedCall(executor, task).outcome;
      const { name, code } = (outcome as { error: Error & { code: unknown } }).error;
      expect([name, code]).toEqual(['TaskNotFoundError', 'ERR_TASK_NOT_FOUND']);
    }
  });

  test('a task knows its attempt', 1, async (executor) => {
    expect(await recordedCall(executor, 'attempt', [], { attempt: 3 }).outcome).toEqual({ value: 3 });
  });

  test('once it is settled, a call can be cancelled without effect', 1, async (executor) => {
    const call = recordedCall(executor, 'add', [1, 2]);
    await call.outcome;
    call.cancel();
    call.cancel();
    expect(await recordedCall(executor, 'add', [2, 2]).outcome).toEqual({ value: 4 });
    expect(call.told).toEqual(['started', 'result']);
  });

  test('ready() resolves', 2, async (executor) => {
    await executor.ready();
    await executor.ready();
  });

  if (capabilities.functions) {
    test('a self-contained function runs as it is', 1, async (executor) => {
      const twice = (n: number): number => 2 * n;
      expect(await recordedCall(executor, twice, [21]).outcome).toEqual({ value: 42 });
    });
  }

  test('arguments are copied exactly where it says so', 1, async (executor) => {
    const given: { touched?: boolean } = {};
    await recordedCall(executor, 'touch', [given]).outcome;
    expect([executor.crossesBoundary, given.touched === true]).toEqual([capabilities.copies, !capabilities.copies]);
  });

  if (capabilities.copies) {
    test('what cannot be copied is named, and no harm to the rest', 1, async (executor) => {
      const outcome = await recordedCall(executor, 'add', [1, { onClick: () => 1 }]).outcome;
      const { name, code, message } = (outcome as { error: Error & { code: unknown } }).error;
      expect([name, code]).toEqual(['TaskCloneError', 'ERR_TASK_CLONE']);
      expect(message.includes('argument 2 .onClick')).toEqual(true);
      expect(await recordedCall(executor, 'add', [1, 2]).outcome).toEqual({ value: 3 });
    });
  }
}
