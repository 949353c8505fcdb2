import type { ContractPart } from './contract-types.js';
import { Gate } from './gate.js';
import { recordedCall } from './recorded-call.js';

/** A grace that no test outlives. */
const longMs = 600_000;

/** Cancelling, killing, dying. */
export function describeStopping({ test, expect, capabilities }: ContractPart): void {
  test('a cancelled call that waits never runs', 1, async (executor) => {
    const [first, second] = [new Gate(), new Gate()];
    const head = recordedCall(executor, 'passGate', [first.cells, 0]);
    await first.arrived();
    const dropped = recordedCall(executor, 'passGate', [second.cells, 1]);
    const last = recordedCall(executor, 'add', [1, 1]);
    dropped.cancel();
    first.open();
    expect(await Promise.all([head.outcome, last.outcome])).toEqual([{ value: 0 }, { value: 2 }]);
    expect([dropped.told, second.arrivals]).toEqual([[], 0]);
  });

  test(
    'a cancelled call that runs sees its signal, says nothing more, and gives back its slot',
    1,
    async (executor) => {
      const gate = new Gate();
      const call = recordedCall(executor, 'untilAborted', [gate.cells], { graceMs: longMs });
      await gate.arrived();
      call.cancel();
      call.cancel();
      await gate.left();
      expect(await recordedCall(executor, 'add', [1, 1]).outcome).toEqual({ value: 2 });
      expect(call.told).toEqual(['started']);
      expect(executor.free).toEqual(1);
    },
  );

  test('a call cancelled as it starts says nothing more', 1, async (executor) => {
    const told: string[] = [];
    let cancel: (() => void) | undefined;
    const started = new Promise<void>((resolve) => {
      // It may start before execute() returns; then it is cancelled right after.
      cancel = executor.execute(
        { task: 'addLater', args: [1, 1], attempt: 1 },
        {
          started: () => {
            told.push('started');
            cancel?.();
            resolve();
          },
          result: () => told.push('result'),
          stream: () => told.push('stream'),
          failed: () => told.push('failed'),
        },
      );
    });
    await started;
    cancel?.();
    expect(await recordedCall(executor, 'add', [1, 1]).outcome).toEqual({ value: 2 });
    expect(told).toEqual(['started']);
  });

  if (capabilities.kills) {
    for (const graceMs of [0, 1]) {
      test(`a call that does not stop is killed after a grace of ${String(graceMs)} ms`, 1, async (executor) => {
        const gate = new Gate();
        const call = recordedCall(executor, 'spin', [gate.cells], { graceMs });
        await gate.arrived();
        call.cancel();
        expect(executor.free).toEqual(0);
        expect(await recordedCall(executor, 'add', [1, 1]).outcome).toEqual({ value: 2 });
        expect(call.told).toEqual(['started']);
      });
    }
  }

  if (capabilities.dies) {
    test('a call that takes its worker along fails alone', 2, async (executor) => {
      const gate = new Gate();
      const neighbour = recordedCall(executor, 'passGate', [gate.cells, 'fine']);
      await gate.arrived();
      const call = recordedCall(executor, 'die');
      const waiting = recordedCall(executor, 'add', [1, 1]);
      const { name, code } = ((await call.outcome) as { error: Error & { code: unknown } }).error;
      expect([name, code]).toEqual(['WorkerCrashError', 'ERR_WORKER_CRASH']);
      gate.open();
      expect(await Promise.all([neighbour.outcome, waiting.outcome])).toEqual([{ value: 'fine' }, { value: 2 }]);
      expect(executor.free).toEqual(2);
    });
  }
}
