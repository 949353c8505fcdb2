import fc from 'fast-check';
import { asyncScheduler, defer, finalize, of, retry, catchError, EMPTY, tap, throwError, type Observable, concatMap, materialize } from 'rxjs';
import { afterEach, describe, it, vi } from 'vitest';
import { TaskCloneError, TaskTimeoutError, WorkerCrashError } from '../../src/errors.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { bindTask } from '../../src/executors/task.js';
import type { ThreadsExecutor } from '../../src/executors/threads/threads-executor.js';
import { simulatedPool, SimulatedTimers } from '../executors/simulated-pool.js';
import { simulateThreads, type Deed } from '../executors/simulated-thread.js';
import { consumerSpec, takenAtOnce, type ConsumerSpec } from './consumer.js';
import { faults } from './expectations.js';
import { callMeter } from './meters.js';
import { runs } from './runs.js';
import { isExact, isOrdered, sourceSpec, withoutRaces, type LeafSpec, type SourceSpec } from './source-spec.js';
import { buildSource, sourceAtOnce } from './sources.js';
import { runVirtually } from './virtual-run.js';
import { mixed, type World } from './world.js';

vi.mock('../../src/executors/threads/thread.js', () => import('../executors/simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('../executors/simulated-thread.js'));

/** What the calls of a stage do, each by the value it is called with. */
interface Deeds {
  readonly salt: number;
  /** In how many of a hundred calls each comes. */
  readonly slow: number;
  readonly faults: readonly Fault[];
  /** A fault passes after so many attempts. */
  readonly attempts: number;
}

type Fault = 'throw' | 'die' | 'spin' | 'listen' | 'unsendable' | 'unreadable';

interface MapSpec {
  readonly deeds: Deeds;
  readonly concurrency: number | undefined;
  readonly ordered: boolean;
  readonly maxPending: number | undefined;
  readonly chunkSize: 'auto' | number;
  readonly retry: number;
  readonly onError: 'fail' | 'skip' | 'handler';
  readonly timed: boolean;
  readonly argsEach: boolean;
  readonly selects: boolean;
}

interface PoolSpec {
  readonly most: number;
  readonly spare: number;
  readonly graceMs: number;
  readonly messageMs: number;
  readonly startMs: number;
  readonly deathMs: number;
}

const oops = 'oops';
const late = 'late';

const deedsSpec: fc.Arbitrary<Deeds> = fc.record({
  salt: fc.nat(1000),
  slow: fc.constantFrom(0, 0, 10, 50),
  faults: fc.uniqueArray(fc.constantFrom<Fault>('throw', 'die', 'spin', 'listen', 'unsendable', 'unreadable'), {
    maxLength: 3,
  }),
  attempts: fc.constantFrom(1, 2, Infinity),
});

const chunkMapSpec: fc.Arbitrary<MapSpec> = fc.record({
  deeds: deedsSpec,
  concurrency: fc.constantFrom(undefined, undefined, 1, 2, 3),
  ordered: fc.boolean(),
  maxPending: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  chunkSize: fc.constantFrom<'auto' | number>('auto', 'auto', 2, 7, 64),
  retry: fc.constantFrom(0, 0, 1, 2),
  onError: fc.constantFrom('fail', 'fail', 'skip', 'handler'),
  timed: fc.boolean(),
  argsEach: fc.boolean(),
  selects: fc.boolean(),
});

const poolSpec: fc.Arbitrary<PoolSpec> = fc.record({
  most: fc.integer({ min: 1, max: 3 }),
  spare: fc.constantFrom(0, 0, 1),
  graceMs: fc.constantFrom(0, 10),
  messageMs: fc.constantFrom(0, 0, 1),
  startMs: fc.constantFrom(0, 3),
  deathMs: fc.constantFrom(0, 2),
});

const longLeaf: fc.Arbitrary<LeafSpec> = fc.record({
  kind: fc.constant('leaf'),
  how: fc.constantFrom('array', 'generator', 'asyncGenerator', 'fetch', 'spy', 'from', 'subject'),
  first: fc.nat(1000),
  count: fc.integer({ min: 1, max: 60 }),
  delays: fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 1, maxLength: 3 }),
  fault: fc.option(fc.record({ at: fc.nat(60), times: fc.constantFrom(1, 2, Infinity), thrown: fc.constant('source') }), {
    freq: 3,
  }),
});

interface ChunkedSpec {
  readonly pool: PoolSpec;
  readonly source: SourceSpec;
  readonly maps: readonly MapSpec[];
}

const spec: fc.Arbitrary<ChunkedSpec> = fc
  .record({
    pool: poolSpec,
    source: fc.oneof({ arbitrary: longLeaf, weight: 3 }, { arbitrary: sourceSpec, weight: 1 }),
    maps: fc.array(chunkMapSpec, { minLength: 1, maxLength: 2 }),
  })
  .map(({ pool, source, maps }) => {
    const kept = withoutRaces(source, true);
    let ordered = isOrdered(kept);
    const tamed = maps.map((map) => {
      const { deeds } = map;
      const faults = deeds.faults.filter((fault) => map.timed || (fault !== 'spin' && fault !== 'listen'));
      const mayFail = ordered && map.ordered;
      ordered &&= map.ordered;
      return { ...map, deeds: { ...deeds, faults }, onError: mayFail || map.onError !== 'fail' ? map.onError : 'skip' };
    });
    return { pool, source: ordered ? kept : withoutRaces(kept, false), maps: tamed };
  });

function rolled(value: number, salt: number): number {
  return Math.abs(mixed(value * 7 + 3, salt)) % 100;
}

/** What goes wrong with a value in an attempt, if anything. */
function faultOf({ salt, faults, attempts }: Deeds, value: number, attempt: number): Fault | undefined {
  const roll = rolled(value, salt + 1);
  const fault = roll < 20 ? faults[roll % 3] : undefined;
  // What it is like does not change with another attempt.
  return fault === 'unsendable' || fault === 'unreadable' || attempt <= attempts ? fault : undefined;
}

function resultOf({ salt }: Deeds, value: number): number {
  return mixed(value, salt);
}

function errorOf(fault: Fault): string {
  if (fault === 'throw') return oops;
  return fault === 'spin' || fault === 'listen' ? late : fault;
}

/** The errors of the executor, by what they stand for. */
function known(error: unknown): unknown {
  if (error instanceof WorkerCrashError) return 'die';
  if (error instanceof TaskTimeoutError) return late;
  if (error instanceof TaskCloneError) return error.message.includes('read') ? 'unreadable' : 'unsendable';
  return error;
}

function handled(map: MapSpec, input: number) {
  return (values$: Observable<number>): Observable<number> =>
    map.onError === 'fail'
      ? values$
      : values$.pipe(catchError(() => (map.onError === 'skip' ? EMPTY : of(-input - 1, -input - 2))));
}

/** The stage as it would be if nothing took time. */
function mapAtOnce(map: MapSpec) {
  const callOf = (value: number): Observable<number> => {
    let attempt = 0;
    return defer(() => {
      const fault = faultOf(map.deeds, value, ++attempt);
      return fault === undefined ? of(resultOf(map.deeds, value)) : throwError(() => errorOf(fault));
    }).pipe(
      retry(map.retry),
      tap((result) => {
        if (map.selects && result % 11 === 0) throw oops;
      }),
      handled(map, value),
    );
  };
  return (source: Observable<number>): Observable<number> =>
    source.pipe(
      materialize(),
      concatMap((n) => (n.kind === 'N' ? callOf(n.value) : n.kind === 'E' ? throwError(() => n.error as unknown) : EMPTY)),
    );
}

/** Whose calls run: each subscription of a stage has a number, and goes with its calls. */
class Stages {
  readonly #world: World;
  readonly #byNumber: { readonly map: MapSpec; readonly meter: ReturnType<typeof callMeter> }[] = [];
  readonly #all: ReturnType<typeof callMeter>;
  readonly #pool: () => ThreadsExecutor;

  constructor(world: World, most: number, pool: () => ThreadsExecutor) {
    this.#world = world;
    this.#pool = pool;
    this.#all = callMeter(world, 'the pool', most);
  }

  begins(input: unknown, rest: readonly unknown[], attempt: number): readonly [Deed, () => void] {
    const stage = this.#byNumber[rest[0] as number]!;
    this.#world.begins('a call');
    const ends = [this.#all.begin(), stage.meter.begin()];
    return [
      deedOf(stage.map, input as number, attempt),
      () => {
        for (const end of ends) end();
      },
    ];
  }

  isWith(fault: Fault) {
    return (input: unknown, rest: readonly unknown[]): boolean =>
      faultOf(this.#byNumber[rest[0] as number]!.map.deeds, input as number, 1) === fault;
  }

  through(map: MapSpec, isExactBefore: boolean) {
    return (source: Observable<number>): Observable<number> =>
      defer(() => {
        const { concurrency, ordered, maxPending, chunkSize, retry: again, onError, timed, argsEach, selects } = map;
        const number = this.#byNumber.length;
        const pool = this.#pool();
        this.#byNumber.push({
          map,
          meter: callMeter(this.#world, `map ${String(number)}`, Math.min(concurrency ?? Infinity, pool.capacity)),
        });
        const factor = ordered && (concurrency ?? pool.capacity) > 1 ? 2 : 1;
        const most =
          maxPending ??
          (chunkSize === 'auto' ? 4096 : Math.min(4096, factor * (concurrency ?? pool.capacity) * chunkSize));
        let inside = 0;
        const isOneToOne = onError === 'fail' || (map.deeds.faults.length === 0 && !selects);
        const isCounted = isExactBefore && isOneToOne;
        this.#world.whenQuiet(() => {
          if (isCounted && inside > most) this.#world.broken(`${String(inside)} values inside, not ${String(most)}`);
        });
        return source.pipe(
          tap(() => {
            if (++inside > most && isCounted) this.#world.broken(`it took ${String(inside)} values, not ${String(most)}`);
          }),
          backgroundMap(bindTask<[value: number, stage: number], number>({ executor: pool, task: 'work' }), {
            ...(concurrency === undefined ? {} : { concurrency }),
            ordered,
            ...(maxPending === undefined ? {} : { maxPending }),
            chunkSize,
            ...(again === 0 ? {} : { retry: again }),
            ...(timed ? { timeoutMs: 20 } : {}),
            args: argsEach ? (): [number] => [number] : [number],
            ...(selects
              ? {
                  select: (result: number) => {
                    if (result % 11 === 0) throw oops;
                    return result;
                  },
                }
              : {}),
            ...(onError === 'fail'
              ? {}
              : { onError: onError === 'skip' ? onError : (_e: unknown, v: number) => of(-v - 1, -v - 2) }),
          }),
          tap(() => inside--),
          catchError((error: unknown) => throwError(() => known(error))),
        );
      });
  }
}

function deedOf({ deeds }: MapSpec, value: number, attempt: number): Deed {
  const fault = faultOf(deeds, value, attempt);
  const ms = rolled(value, deeds.salt + 2) < deeds.slow ? 1 + (Math.abs(value) % 3) : 0;
  const brings = fault === 'throw' ? oops : resultOf(deeds, value);
  if (fault === undefined || fault === 'unsendable' || fault === 'unreadable') return { ms, does: 'return', brings };
  return { ms, does: fault, brings };
}

let timers: SimulatedTimers | undefined;
afterEach(() => timers?.restore());

function check({ pool: size, source, maps }: ChunkedSpec, consumer: ConsumerSpec): void {
  const expected = takenAtOnce(maps.reduce((stream, map) => stream.pipe(mapAtOnce(map)), sourceAtOnce(source)));
  let alive = (): number => 0;
  const run = runVirtually(
    (world) => {
      const { clock } = world;
      const after = clock.afterwards.bind(clock);
      timers?.restore();
      timers = new SimulatedTimers(after);
      let pool: ThreadsExecutor | undefined;
      const stages = new Stages(world, size.most, () => (pool ??= simulatedPool(size)));
      alive = simulateThreads({
        now: () => asyncScheduler.now(),
        after,
        begins: stages.begins.bind(stages),
        cannotBeSent: stages.isWith('unsendable'),
        cannotBeRead: stages.isWith('unreadable'),
        messageMs: size.messageMs,
        startMs: size.startMs,
        deathMs: size.deathMs,
      });
      const checkPool = (): void => {
        if (pool === undefined) return;
        if (pool.free !== pool.capacity) world.broken(`${String(pool.free)} slots are free in the end`);
        if (timers!.active > 0) world.broken(`${String(timers!.active)} timers of the executor run in the end`);
        void pool.close();
        after(50, () => {
          if (alive() > 0) world.broken(`${String(alive())} threads are left`);
        });
      };
      let isExactSoFar = isExact(source);
      return maps
        .reduce((stream, map) => {
          const mapped = stream.pipe(stages.through(map, isExactSoFar));
          isExactSoFar = true;
          return mapped;
        }, buildSource(world, source))
        .pipe(
          finalize(() => {
            after(200, checkPool);
          }),
        );
    },
    consumer,
    false,
  );
  timers?.restore();
  const ordered = isOrdered(source) && maps.every((map) => map.ordered);
  const found = faults(run, expected, ordered);
  if (found.length > 0) throw new Error(found.join('\n'));
}

vi.setConfig({ testTimeout: 120_000 });

describe('maps whose calls travel in chunks, over simulated threads', () => {
  it('bring what the laws say', () => {
    fc.assert(
      fc.property(spec, consumerSpec, (chunked, consumer) => {
        check(chunked, consumer);
      }),
      runs(1000),
    );
  });
});
