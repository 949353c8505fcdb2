import type { ContractPart } from './contract-types.js';
import { Gate } from './gate.js';
import { recordedCall, type CallOutcome } from './recorded-call.js';

const codeOf = (outcome: CallOutcome): unknown =>
  'error' in outcome ? (outcome.error as { code?: unknown }).code : outcome;

/** The end of an executor. */
export function describeClosing({ test, expect }: ContractPart): void {
  test('close() finishes what was given before, refuses what comes, and can be called again', 1, async (executor) => {
    const gate = new Gate();
    const calls = [recordedCall(executor, 'passGate', [gate.cells, 'ran']), recordedCall(executor, 'add', [1, 1])];
    await gate.arrived();
    let closed = false;
    const closing = Promise.all([executor.close(), executor.close()]).then(() => (closed = true));
    const refused = recordedCall(executor, 'add', [1, 1]);
    expect(codeOf(await refused.outcome)).toEqual('ERR_EXECUTOR_CLOSED');
    expect([refused.told, closed]).toEqual([['failed'], false]);
    gate.open();
    expect(await Promise.all(calls.map(({ outcome }) => outcome))).toEqual([{ value: 'ran' }, { value: 2 }]);
    await closing;
    await executor.close();
  });

  test('close({ force: true }) cuts short what runs and what waits', 1, async (executor) => {
    const gate = new Gate();
    const calls = [recordedCall(executor, 'passGate', [gate.cells, 0]), recordedCall(executor, 'add', [1, 1])];
    await gate.arrived();
    await executor.close({ force: true });
    const codes = (await Promise.all(calls.map(({ outcome }) => outcome))).map(codeOf);
    expect(codes).toEqual(['ERR_EXECUTOR_CLOSED', 'ERR_EXECUTOR_CLOSED']);
    gate.open();
  });

  test('close({ timeoutMs }) forces when that has passed', 1, async (executor) => {
    const gate = new Gate();
    const call = recordedCall(executor, 'passGate', [gate.cells, 0]);
    await gate.arrived();
    await executor.close({ timeoutMs: 1 });
    expect(codeOf(await call.outcome)).toEqual('ERR_EXECUTOR_CLOSED');
    gate.open();
  });

  test('a cancelled call is no reason not to close', 1, async (executor) => {
    const gate = new Gate();
    const call = recordedCall(executor, 'untilAborted', [gate.cells], { graceMs: 600_000 });
    await gate.arrived();
    call.cancel();
    await executor.close();
    expect(call.told).toEqual(['started']);
  });
}
