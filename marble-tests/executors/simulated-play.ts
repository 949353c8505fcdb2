import { TestScheduler } from 'rxjs/testing';
import type { Task } from '../../src/executors/task.js';
import { bindTask } from '../../src/executors/task.js';
import type { ThreadsExecutor } from '../../src/executors/threads/threads-executor.js';
import { simulatedPool, SimulatedTimers } from './simulated-pool.js';
import { simulateThreads, type Deed } from './simulated-thread.js';

interface PlayOptions {
  readonly most?: number;
  readonly spare?: number;
  readonly graceMs?: number;
  readonly messageMs?: number;
  readonly deathMs?: number;
  readonly startMs?: number;
  /** What a call does; default: it returns its input at once. */
  readonly deed?: (input: never, attempt: number) => Partial<Deed>;
  readonly cannotBeSent?: (input: unknown) => boolean;
  readonly cannotBeRead?: (input: unknown) => boolean;
}

/** A pool of simulated threads, and what happens in it. */
export interface Play {
  readonly pool: ThreadsExecutor;
  readonly task: Task<[value: number], number>;
  /** The inputs of calls, as they begin, and when. */
  readonly begun: { readonly at: number; readonly input: unknown; readonly attempt: number; readonly thread: number }[];
  /** The inputs of each message. */
  readonly messages: (readonly unknown[])[];
  /** How many calls run now, and how many did at most. */
  readonly running: { now: number; most: number };
  at(ms: number, work: () => void): void;
  now(): number;
  /** How many threads live. */
  threads(): number;
  /** Timers of the pool. */
  timers(): number;
}

/** Plays in virtual time, to its end; what `work` gives is called then. */
export function play(options: PlayOptions, work: (play: Play) => () => void): void {
  const scheduler = new TestScheduler(() => undefined);
  const { most = 1, spare = 0, graceMs = 10, messageMs = 0, deathMs = 0, startMs = 0, deed } = options;
  let check = (): void => undefined;
  scheduler.run(() => {
    const at = (ms: number, then: () => void): void => {
      scheduler.schedule(then, ms);
    };
    const timers = new SimulatedTimers(at);
    const begun: Play['begun'] = [];
    const messages: unknown[][] = [];
    const running = { now: 0, most: 0 };
    const threads = simulateThreads({
      after: at,
      now: () => scheduler.now(),
      begins: (input, _rest, attempt, thread) => {
        begun.push({ at: scheduler.now(), input, attempt, thread });
        running.most = Math.max(running.most, ++running.now);
        return [{ ms: 0, does: 'return', brings: input, ...deed?.(input as never, attempt) }, () => running.now--];
      },
      sent: ({ inputs }) => messages.push(Array.from(inputs)),
      cannotBeSent: options.cannotBeSent ?? (() => false),
      cannotBeRead: options.cannotBeRead ?? (() => false),
      messageMs,
      deathMs,
      startMs,
    });
    try {
      const pool = simulatedPool({ most, spare, graceMs });
      check = work({
        pool,
        task: bindTask({ executor: pool, task: 'work' }),
        begun,
        messages,
        running,
        at,
        now: () => scheduler.now(),
        threads,
        timers: () => timers.active,
      });
      scheduler.flush();
    } finally {
      timers.restore();
    }
  });
  check();
}
