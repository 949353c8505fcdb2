import { lastValueFrom, Observable, take, tap, toArray } from 'rxjs';
import { currentValve } from '../backpressure/current-valve.js';
import type { Executor, TaskCall } from '../executors/executor.js';
import type { ContractPart } from './contract-types.js';
import { Gate } from './gate.js';
import { recordedCall } from './recorded-call.js';

/** The values of a call whose result streams, for one subscriber. */
function streamed(
  executor: Executor,
  task: string,
  args: readonly unknown[],
  more: Partial<TaskCall> = {},
): Observable<unknown> {
  return new Observable((subscriber) =>
    executor.execute(
      { task, args, attempt: 1, ...more },
      {
        result: () => {
          subscriber.error(new Error('it did not stream'));
        },
        stream: (values$) => {
          subscriber.add(values$.subscribe(subscriber));
        },
        failed: (error) => {
          subscriber.error(error);
        },
      },
    ),
  );
}

/** Results that stream. */
export function describeStreams({ capabilities, test, expect }: ContractPart): void {
  if (capabilities.streams !== true) return;

  test('a result that streams brings its values in order, and ends', 1, async (executor) => {
    for (const count of [0, 1, 100]) {
      const values = await lastValueFrom(streamed(executor, 'upTo', [count]).pipe(toArray()));
      expect(values).toEqual(Array.from({ length: count }, (_, i) => i));
    }
    expect(executor.free).toEqual(1);
  });

  test('a task handle streams, too', 1, async (executor) => {
    expect(await lastValueFrom(executor.tasks.upTo(3).pipe(toArray()))).toEqual([0, 1, 2]);
  });

  test('a stream that fails does so after its values', 1, async (executor) => {
    const gate = new Gate();
    const seen: unknown[] = [];
    const error = await new Promise<unknown>((resolve) => {
      streamed(executor, 'upToAndFail', [gate.cells, 40]).subscribe({
        next: (value) => seen.push(value),
        error: resolve,
      });
    });
    expect([(error as Error).message, seen.length]).toEqual(['no more', 40]);
    expect(await recordedCall(executor, 'add', [1, 1]).outcome).toEqual({ value: 2 });
  });

  test('a stream has its slot until it is left, which ends it', 1, async (executor) => {
    const gate = new Gate();
    const free: number[] = [];
    let waiting: ReturnType<typeof recordedCall> | undefined;
    const values$ = streamed(executor, 'forEver', [gate.cells]).pipe(
      take(3),
      tap(() => {
        free.push(executor.free);
        waiting ??= recordedCall(executor, 'add', [1, 1]);
      }),
    );
    expect(await lastValueFrom(values$.pipe(toArray()))).toEqual([0, 1, 2]);
    expect(await waiting?.outcome).toEqual({ value: 2 });
    await gate.left();
    expect([free, executor.free]).toEqual([[0, 0, 0], 1]);
  });

  test('a stream that is held makes no more values than may be on their way', 2, async (executor) => {
    const gate = new Gate();
    let release: (() => void) | undefined;
    let seen = 0;
    const held$ = streamed(executor, 'forEver', [gate.cells], { streamAhead: 4 }).pipe(
      tap(() => {
        if (++seen === 1) release = currentValve()?.hold();
      }),
      take(100),
    );
    const last = lastValueFrom(held$);
    await gate.arrived(executor.crossesBoundary ? 4 : 1);
    for (let calls = 0; calls < 20; calls++) await recordedCall(executor, 'add', [1, 1]).outcome;
    expect([seen, gate.arrivals <= 5]).toEqual([1, true]);
    release?.();
    expect(await last).toEqual(99);
    await gate.left();
    expect(gate.arrivals <= 100 + 5).toEqual(true);
  });
}
