// Streams and single calls that come and go over one pool of threads, which is resized and closed meanwhile.
import fc from 'fast-check';
import { config, merge, mergeMap, NEVER, of, Subject, takeUntil, timer, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ExecutorClosedError, TaskTimeoutError, WorkerCrashError } from '../../src/errors.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import type { Settled } from '../../src/operators/call-policy.js';
import { play, type Play } from '../executors/simulated-play.js';
import { runs } from './runs.js';

vi.mock('../../src/executors/threads/thread.js', () => import('../executors/simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('../executors/simulated-thread.js'));

interface UserSpec {
  /** A stream of values, or a stream for each value. */
  readonly kind: 'stream' | 'calls';
  /** When values come, and how many at once. */
  readonly bursts: readonly { readonly after: number; readonly count: number }[];
  readonly leavesAt: number | undefined;
  readonly ordered: boolean;
  readonly hasKeys: boolean;
  readonly concurrency: number | undefined;
  readonly maxPending: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly retry: number;
  /** What the function that makes arguments does, too, for each fifth value. */
  readonly asks: 'nothing' | 'call' | 'throw' | 'leave' | 'resize' | 'close' | 'force';
}

const userSpec: fc.Arbitrary<UserSpec> = fc.record({
  kind: fc.constantFrom('stream', 'stream', 'calls'),
  bursts: fc.array(fc.record({ after: fc.nat(60), count: fc.integer({ min: 1, max: 30 }) }), { minLength: 1, maxLength: 4 }),
  leavesAt: fc.option(fc.nat(150), { nil: undefined, freq: 3 }),
  ordered: fc.boolean(),
  hasKeys: fc.boolean(),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  maxPending: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
  timeoutMs: fc.constantFrom(undefined, 3, 30),
  retry: fc.nat(1),
  asks: fc.constantFrom('nothing', 'nothing', 'nothing', 'call', 'throw', 'leave', 'resize', 'close', 'force'),
});

const scene = fc.record({
  most: fc.integer({ min: 1, max: 3 }),
  spare: fc.constantFrom(0, 0, 1),
  users: fc.array(userSpec, { minLength: 1, maxLength: 4 }),
  resizes: fc.array(fc.record({ at: fc.nat(150), maxThreads: fc.integer({ min: 1, max: 4 }) }), { maxLength: 4 }),
  closes: fc.option(fc.record({ at: fc.nat(150), how: fc.constantFrom({}, { force: true }, { timeoutMs: 5 }) }), {
    nil: undefined,
  }),
  slowMs: fc.constantFrom(0, 1, 5),
  /** The thread of each so manieth value dies; 0: of none. */
  dying: fc.constantFrom(0, 0, 7, 23),
  startMs: fc.constantFrom(0, 3),
  deathMs: fc.constantFrom(0, 2),
  messageMs: fc.constantFrom(0, 1),
});

/** By then all is over. */
const endMs = 4000;

const misfit = new Error('no arguments');

/** What has been asked of a pool. */
interface Asked {
  capacity: number;
  /** How many threads there might be at most, at any time. */
  most: number;
  isClosed: boolean;
}

/** Whoever uses the pool, and what has come of its values. */
class User {
  readonly spec: UserSpec;
  readonly outcomes: Settled<number, number>[] = [];
  sent = 0;
  hasLeft = false;
  end = 'none';
  /** Calls that have been made for arguments, and not ended. */
  calling = 0;

  constructor(spec: UserSpec, { pool, task, at }: Play, asked: Asked) {
    this.spec = spec;
    const left$ = new Subject<void>();
    const ask = (n: number): void => {
      switch (spec.asks) {
        case 'nothing':
          return;
        case 'call': {
          this.calling++;
          const ended = (): number => this.calling--;
          task(n).subscribe({ error: ended, complete: ended });
          return;
        }
        case 'throw':
          throw misfit;
        case 'leave':
          this.hasLeft = true;
          left$.next();
          return;
        case 'resize':
          resize(pool, 1 + (n % 4), asked);
          return;
        default:
          asked.isClosed = true;
          void pool.close({ force: spec.asks === 'force' });
      }
    };
    const source = new Subject<number>();
    const { kind, bursts, leavesAt, ordered, hasKeys, concurrency, maxPending, timeoutMs, retry } = spec;
    const map = backgroundMap(task, {
      ordered,
      retry,
      onError: 'settle',
      ...(hasKeys ? { key: (n: number) => n % 3 } : {}),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(maxPending === undefined ? {} : { maxPending }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(spec.asks === 'nothing'
        ? {}
        : {
            args: (n: number): [] => {
              if (n % 5 === 4) ask(n);
              return [];
            },
          }),
    });
    const outcomes$: Observable<Settled<number, number>> =
      kind === 'stream' ? source.pipe(map) : source.pipe(mergeMap((n) => of(n).pipe(map)));
    const leaves$ = leavesAt === undefined ? NEVER : timer(leavesAt);
    outcomes$.pipe(takeUntil(merge(left$, leaves$))).subscribe({
      next: (outcome) => this.outcomes.push(outcome),
      complete: () => (this.end = 'complete'),
    });
    if (leavesAt !== undefined) at(leavesAt, () => (this.hasLeft = true));
    let now = 0;
    for (const { after, count } of bursts) {
      now += after;
      at(now, () => {
        for (let left = count; left > 0; left--) source.next(this.sent++);
      });
    }
    at(now + 1, () => source.complete());
  }
}

function resize(pool: Play['pool'], maxThreads: number, asked: Asked): void {
  asked.capacity = maxThreads;
  asked.most = Math.max(asked.most, maxThreads);
  // Last: it may come to this again.
  pool.resize({ maxThreads });
}

afterEach(() => {
  config.onUnhandledError = null;
});

vi.setConfig({ testTimeout: 300_000 });

describe('a pool that is resized and closed while it works', () => {
  it('brings each value its outcome, unless nobody waits for it any more, and is whole afterwards', () => {
    fc.assert(
      fc.property(scene, ({ most, spare, users: specs, resizes, closes, slowMs, dying, ...delays }) => {
        const unhandled: unknown[] = [];
        config.onUnhandledError = (error) => unhandled.push(error);
        const deed = (n: number, attempt: number) => ({
          ms: n % 3 === 0 ? slowMs : 0,
          ...(dying > 0 && n % dying === dying - 1 && attempt === 1 ? { does: 'die' as const } : {}),
        });
        play({ most, spare, deed, ...delays }, (stage) => {
          const { pool, at, running, threads, timers } = stage;
          const asked: Asked = { capacity: most, most, isClosed: false };
          const users = specs.map((spec) => new User(spec, stage, asked));
          for (const { at: ms, maxThreads } of resizes) at(ms, () => resize(pool, maxThreads, asked));
          if (closes !== undefined) {
            at(closes.at, () => {
              asked.isClosed = true;
              void pool.close(closes.how);
            });
          }
          at(endMs, () => {
            const { capacity, isClosed } = asked;
            expect([pool.capacity, pool.free, running.now, timers()]).toEqual([capacity, capacity, 0, 0]);
            expect(running.most).toBeLessThanOrEqual(asked.most);
            expect(threads()).toBeLessThanOrEqual(isClosed ? 0 : capacity + spare);
            void pool.close();
          });
          return () => {
            expect(threads()).toBe(0);
            expect(unhandled).toEqual([]);
            for (const { spec, outcomes, sent, hasLeft, end, calling } of users) {
              expect(calling).toBe(0);
              const inputs = outcomes.map(({ input }) => input);
              expect(end).toBe('complete');
              expect(new Set(inputs).size).toBe(hasLeft ? inputs.length : sent);
              if (spec.kind === 'stream' && spec.ordered) expect(inputs).toEqual([...inputs].sort((a, b) => a - b));
              for (const outcome of outcomes) {
                if (outcome.status === 'fulfilled') expect(outcome.value).toBe(outcome.input);
                else if (outcome.reason === misfit) expect(spec.asks).toBe('throw');
                else if (outcome.reason instanceof ExecutorClosedError) expect(asked.isClosed).toBe(true);
                else if (outcome.reason instanceof WorkerCrashError) expect(dying).toBeGreaterThan(0);
                else if (outcome.reason instanceof TaskTimeoutError) expect(spec.timeoutMs).toBeDefined();
                else throw outcome.reason;
              }
            }
          };
        });
      }),
      runs(40),
    );
  });
});
