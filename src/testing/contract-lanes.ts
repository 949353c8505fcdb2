import type { ContractPart } from './contract-types.js';
import { Gate } from './gate.js';
import { recordedCall } from './recorded-call.js';
import { recordedLane } from './recorded-lane.js';

/** Lanes: many values in few messages, with an outcome for each. */
export function describeLanes({ capabilities, test, expect }: ContractPart): void {
  if (capabilities.chunks !== true) return;

  test('every value of a lane has one outcome, its own', 2, async (executor) => {
    const values = Array.from({ length: 5000 }, (_, i) => i);
    const { outcomes, settled } = recordedLane(executor, 'add', values, { rest: [1] });
    await settled(5000);
    expect(outcomes).toEqual(values.map((value) => [{ value: value + 1 }]));
  });

  test('a value of a lane that fails, fails alone', 1, async (executor) => {
    const { outcomes, settled } = recordedLane(executor, 'failOn', [3, 1, 2, 3, 3, 4], { rest: [3], chunkSize: 6 });
    await settled(6);
    expect(outcomes.map(([outcome]) => 'error' in (outcome ?? {}))).toEqual([true, false, false, true, true, false]);
    expect(outcomes.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('no more values of a lane run at once than it allows', 2, async (executor) => {
    const gates = [0, 1].map(() => new Gate());
    const { outcomes, settled } = recordedLane(
      executor,
      'passGate',
      gates.map(({ cells }) => cells),
      { concurrency: () => 1, chunkSize: 1, rest: [7] },
    );
    await gates[0]?.arrived();
    expect(executor.free).toEqual(1);
    const other = recordedCall(executor, 'add', [1, 2]);
    expect(await other.outcome).toEqual({ value: 3 });
    expect(gates[1]?.arrivals).toEqual(0);
    for (const gate of gates) gate.open();
    await settled(2);
    expect(outcomes).toEqual([[{ value: 7 }], [{ value: 7 }]]);
  });

  test('a single call does not wait for all that a lane has', 1, async (executor) => {
    const gate = new Gate();
    const { outcomes, give, settled } = recordedLane(executor, 'passGate', [gate.cells], { chunkSize: 4, rest: [0] });
    await gate.arrived();
    const call = recordedCall(executor, 'add', [1, 2]);
    give(Array.from({ length: 1000 }, () => gate.cells));
    gate.open();
    expect(await call.outcome).toEqual({ value: 3 });
    expect(outcomes.length < 1000).toEqual(true);
    await settled(1001);
  });

  test('of a chunk that is cancelled, nothing more begins, and nothing is told', 1, async (executor) => {
    const gates = [0, 1].map(() => new Gate());
    const { lane, outcomes, taken, give, settled } = recordedLane(
      executor,
      'passGate',
      gates.map(({ cells }) => cells),
      { chunkSize: 2, rest: [0] },
    );
    await gates[0]?.arrived();
    for (const chunk of [...taken]) lane.cancel(chunk);
    gates[0]?.open();
    const third = new Gate();
    third.open();
    give([third.cells]);
    await settled(1);
    expect([outcomes[0], outcomes[1], outcomes[2]]).toEqual([undefined, undefined, [{ value: 0 }]]);
    expect(gates[1]?.arrivals).toEqual(0);
  });

  test('a lane that is closed tells nothing more, and its slots come free', 2, async (executor) => {
    const gates = [0, 1, 2].map(() => new Gate());
    const { lane, outcomes } = recordedLane(
      executor,
      'passGate',
      gates.map(({ cells }) => cells),
      { chunkSize: 1, rest: [0] },
    );
    await Promise.all([gates[0]?.arrived(), gates[1]?.arrived()]);
    lane.close();
    for (const gate of gates) gate.open();
    const together = new Gate();
    const calls = [0, 1].map((i) => recordedCall(executor, 'passGate', [together.cells, i]));
    await together.arrived(2);
    together.open();
    expect(await Promise.all(calls.map(({ outcome }) => outcome))).toEqual([{ value: 0 }, { value: 1 }]);
    expect([outcomes, gates[2]?.arrivals]).toEqual([[], 0]);
  });

  test('close() finishes what waits in a lane, and refuses what comes', 1, async (executor) => {
    const gate = new Gate();
    const { outcomes, give, settled } = recordedLane(
      executor,
      'passGate',
      [0, 1, 2].map(() => gate.cells),
      { chunkSize: 1, rest: [0] },
    );
    await gate.arrived();
    const closed = executor.close();
    give([gate.cells]);
    gate.open();
    await settled(4);
    await closed;
    expect(outcomes.slice(0, 3)).toEqual([[{ value: 0 }], [{ value: 0 }], [{ value: 0 }]]);
    expect((outcomes[3]?.[0] as { error?: Error } | undefined)?.error?.name).toEqual('ExecutorClosedError');
  });

  if (!capabilities.dies) return;
  test('who runs when a worker dies fails, and its neighbours do not', 1, async (executor) => {
    const { outcomes, settled } = recordedLane(executor, 'dieOn', [1, 2, 3, 4, 5], { chunkSize: 5, rest: [3] });
    await settled(5);
    expect(outcomes.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
    expect(outcomes.filter((_, i) => i !== 2).map(([outcome]) => outcome)).toEqual(
      [1, 2, 4, 5].map((value) => ({ value })),
    );
    expect((outcomes[2]?.[0] as { error?: Error } | undefined)?.error?.name).toEqual('WorkerCrashError');
  });

  if (!capabilities.kills) return;
  test('a value that is late is stopped alone', 1, async (executor) => {
    const gate = new Gate();
    const { outcomes, settled } = recordedLane(executor, 'spinOn', [1, 2, 3], {
      chunkSize: 3,
      rest: [2, gate.cells],
      timeoutMs: 50,
      graceMs: 0,
    });
    await settled(3);
    expect(outcomes).toEqual([[{ value: 1 }], [{ late: true }], [{ value: 3 }]]);
  });
}
