import { Chunk } from '../engine/chunk.js';
import type { Executor } from '../executors/executor.js';
import type { Lane, LaneHost, LaneOptions } from '../executors/lane.js';

/** What came of one value of a lane; of a result that streams, all its values. */
export type LaneOutcome = { readonly value: unknown } | { readonly error: unknown } | { readonly late: true };

export interface RecordedLane {
  readonly lane: Lane;
  /** The outcomes so far, by the positions of the values; every one that was told. */
  readonly outcomes: readonly (readonly LaneOutcome[])[];
  /** Chunks taken and not over, oldest first. */
  readonly taken: readonly Chunk[];
  /** Gives more values. */
  readonly give: (values: readonly unknown[]) => void;
  /** Resolves when so many values have an outcome. */
  readonly settled: (count: number) => Promise<void>;
}

/** Opens a lane over `values`, and records what is told. */
export function recordedLane(
  executor: Executor,
  task: string,
  values: readonly unknown[],
  options: Partial<LaneOptions> = {},
): RecordedLane {
  const waiting = [...values];
  const outcomes: LaneOutcome[][] = [];
  const taken: Chunk[] = [];
  const waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  let next = 0;
  const told = (position: number, outcome: LaneOutcome): void => {
    (outcomes[position] ??= []).push(outcome);
  };
  const look = (): void => {
    const count = Object.keys(outcomes).length;
    for (const waiter of waiters) if (waiter.count <= count) waiter.resolve();
  };
  const ended = (chunk: Chunk, outcome: LaneOutcome): void => {
    told(chunk.index, outcome);
    taken.splice(taken.indexOf(chunk), 1);
  };
  const host: LaneHost = {
    waiting: () => waiting.length,
    take: (most) => {
      const inputs = waiting.splice(0, most);
      if (inputs.length === 0) return undefined;
      const chunk = new Chunk(inputs, next);
      next += inputs.length;
      taken.push(chunk);
      return chunk;
    },
    split: (chunk, position) => {
      const rear = chunk.split(position);
      taken.splice(taken.indexOf(chunk) + 1, 0, rear);
      return rear;
    },
    tell: (tell) => {
      tell();
      look();
    },
    brought: (chunk, results) => {
      const from = chunk.index + chunk.reported;
      chunk.bring(results);
      for (let i = 0; i < results.length; i++) told(from + i, { value: results[i] });
      if (chunk.reported === chunk.length) taken.splice(taken.indexOf(chunk), 1);
    },
    streams: (chunk, values$) => {
      const values: unknown[] = [];
      values$.subscribe({
        next: (value) => values.push(value),
        error: (error: unknown) => {
          ended(chunk, { error });
          look();
        },
        complete: () => {
          ended(chunk, { value: values });
          look();
        },
      });
    },
    failed: (chunk, error) => {
      ended(chunk, { error });
    },
    late: (chunk) => {
      ended(chunk, { late: true });
    },
  };
  if (executor.openLane === undefined) throw new Error(`${executor.name} opens no lanes`);
  const lane = executor.openLane({ task, concurrency: () => executor.capacity, rest: [], ...options }, host);
  lane.offer();
  return {
    lane,
    outcomes,
    taken,
    give: (more) => {
      waiting.push(...more);
      lane.offer();
    },
    settled: (count) =>
      new Promise((resolve) => {
        if (Object.keys(outcomes).length >= count) resolve();
        else waiters.push({ count, resolve });
      }),
  };
}
