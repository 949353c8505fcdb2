import { from, lastValueFrom, range, tap, toArray } from 'rxjs';
import { autoConcurrency, backgroundMap } from 'rxjs-background';
import { Gate } from 'rxjs-background/testing';
import { describe, expect, it } from 'vitest';
import { taskPool } from '../support/task-pool.js';

describe('backgroundMap on threads, with key', () => {
  it('runs the values of one key one after another, and others beside them', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const [first, second, other] = [new Gate(), new Gate(), new Gate()];
    const names = new Map<Int32Array, string>([
      [first.cells, 'a1'],
      [second.cells, 'a2'],
      [other.cells, 'b1'],
    ]);
    const nameOf = (cells: Int32Array): string => names.get(cells) ?? '';
    other.open();
    const seen: unknown[] = [];
    const done = lastValueFrom(
      from(names.keys()).pipe(
        backgroundMap(pool.tasks.passGate, {
          args: (cells: Int32Array): [string] => [nameOf(cells)],
          key: (cells: Int32Array) => nameOf(cells).charAt(0),
          ordered: false,
        }),
        tap((name: unknown) => {
          seen.push([name, second.arrivals]);
          if (name === 'b1') first.open();
          else second.open();
        }),
      ),
    );
    await done;

    // The second had not begun when the first had not ended.
    expect(seen[0]).toEqual(['b1', 0]);
    expect(seen.map((entry) => (entry as unknown[])[0])).toEqual(['b1', 'a1', 'a2']);
  });

  it('keeps the order of a thousand values of ten keys', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const results = await lastValueFrom(
      range(1000).pipe(backgroundMap(pool.tasks.add, { args: [0], key: (n) => n % 10, ordered: false }), toArray()),
    );
    for (let key = 0; key < 10; key++) {
      expect(results.filter((n) => n % 10 === key)).toEqual(Array.from({ length: 100 }, (_, i) => 10 * i + key));
    }
  });
});

describe("backgroundMap on threads, with concurrency 'auto'", () => {
  it('runs as many as there are threads', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const gate = new Gate();
    const done = lastValueFrom(
      from([gate.cells, gate.cells, gate.cells]).pipe(backgroundMap(pool.tasks.passGate, { concurrency: 'auto' })),
    );
    await gate.arrived(2);
    gate.open();
    await done;
    expect(gate.arrivals).toBe(3);
  });

  it('starts there with a dial, too, and can be pinned', async () => {
    const pool = taskPool({ maxThreads: 2 });
    const concurrency = autoConcurrency();
    const results = lastValueFrom(
      range(200).pipe(
        backgroundMap(pool.tasks.later, { concurrency, chunkSize: 1 }),
        tap((n) => {
          if (n === 50) concurrency.pin(1);
        }),
        toArray(),
      ),
    );
    expect(concurrency.current).toBe(2);
    expect(await results).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(concurrency.current).toBe(1);
  });
});
