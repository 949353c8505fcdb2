import type { ContractPart } from './contract-types.js';
import { Gate } from './gate.js';
import { recordedCall, type RecordedCall } from './recorded-call.js';

/** Capacity, the queue, and who is told of room. */
export function describeRoom({ test, expect }: ContractPart): void {
  test('never more than its capacity runs; the rest starts in the order it came', 2, async (executor) => {
    const gates = Array.from({ length: 5 }, () => new Gate());
    const calls = gates.map(({ cells }, i) => recordedCall(executor, 'passGate', [cells, i]));
    expect([executor.capacity, executor.free]).toEqual([2, 0]);
    for (const [i, gate] of gates.entries()) {
      await gate.arrived();
      expect(calls.slice(i + 2).map(({ told }) => told)).toEqual(calls.slice(i + 2).map(() => []));
      gate.open();
      expect(await calls[i]?.outcome).toEqual({ value: i });
    }
    expect(executor.free).toEqual(2);
  });

  test('free counts down with calls that start, and is 0 while one waits', 2, async (executor) => {
    const gate = new Gate();
    const free = [executor.free];
    const calls = [0, 1, 2].map((i) => {
      const call = recordedCall(executor, 'passGate', [gate.cells, i]);
      free.push(executor.free);
      return call;
    });
    expect(free).toEqual([2, 1, 0, 0]);
    gate.open();
    await Promise.all(calls.map(({ outcome }) => outcome));
    expect(executor.free).toEqual(2);
  });

  test('room is told when there is some, until the listener goes', 1, async (executor) => {
    const seen: number[] = [];
    const stop = executor.onRoom(() => seen.push(executor.free));
    const gate = new Gate();
    const calls = [recordedCall(executor, 'passGate', [gate.cells, 0]), recordedCall(executor, 'add', [1, 1])];
    await gate.arrived();
    expect(seen).toEqual([]);
    gate.open();
    await Promise.all(calls.map(({ outcome }) => outcome));
    // It may be told more often than needed, but not of room that is not there.
    expect([seen.length > 0, new Set(seen)]).toEqual([true, new Set([1])]);
    stop();
    const before = seen.length;
    await recordedCall(executor, 'add', [1, 1]).outcome;
    expect(seen.length).toEqual(before);
  });

  test('room that one listener takes is told to no other', 1, async (executor) => {
    const seen: number[] = [];
    const gate = new Gate();
    let taking: RecordedCall | undefined;
    const stops = [1, 2].map(() =>
      executor.onRoom(() => {
        seen.push(executor.free);
        taking ??= recordedCall(executor, 'passGate', [gate.cells, 0]);
      }),
    );
    await recordedCall(executor, 'add', [1, 1]).outcome;
    await gate.arrived();
    expect(new Set(seen)).toEqual(new Set([1]));
    for (const stop of stops) stop();
    gate.open();
    expect(await taking?.outcome).toEqual({ value: 0 });
  });

  test('a listener that another has stopped is told nothing', 1, async (executor) => {
    const told = new Set<string>();
    const stops = ['first', 'second'].map((name, i, { length }) =>
      executor.onRoom(() => {
        told.add(name);
        stops[length - 1 - i]?.();
      }),
    );
    await recordedCall(executor, 'add', [1, 1]).outcome;
    await recordedCall(executor, 'add', [1, 1]).outcome;
    expect(told.size).toEqual(1);
    for (const stop of stops) stop();
  });

  test('its own state has changed before a listener is told', 1, async (executor) => {
    const inside: number[] = [];
    const next = await new Promise((resolve) => {
      executor.execute(
        { task: 'add', args: [1, 1], attempt: 1 },
        {
          started: () => undefined,
          stream: () => undefined,
          failed: resolve,
          result: () => {
            inside.push(executor.free);
            const call = recordedCall(executor, 'addLater', [2, 2]);
            inside.push(executor.free);
            resolve(call.outcome);
          },
        },
      );
    });
    expect(inside).toEqual([1, 0]);
    expect(next).toEqual({ value: 4 });
  });
}
