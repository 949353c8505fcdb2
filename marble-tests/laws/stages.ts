import {
  asyncScheduler,
  bufferCount,
  catchError,
  concat,
  concatMap,
  connect,
  defer,
  dematerialize,
  distinct,
  distinctUntilChanged,
  EMPTY,
  filter,
  from,
  groupBy,
  isObservable,
  map,
  materialize,
  merge,
  mergeAll,
  mergeMap,
  type MonoTypeOperatorFunction,
  Observable,
  observeOn,
  of,
  pairwise,
  pipe,
  repeat,
  retry,
  scan,
  share,
  startWith,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';
import { callMeter, keyMeter, metered } from './meters.js';
import { buildSource, sourceAtOnce } from './sources.js';
import {
  standingAfter,
  startOf,
  type MapSpec,
  type PipelineSpec,
  type StageSpec,
  type Standing,
} from './stage-spec.js';
import { call, callAtOnce, type CallMeter, type TaskSpec } from './task-spec.js';
import { mixed, type World } from './world.js';

type Stage = MonoTypeOperatorFunction<number>;

/** The pipeline as it would be if nothing took time: the model. */
export function pipelineAtOnce({ source, stages }: PipelineSpec): Observable<number> {
  return stages.reduce((stream, stage) => stream.pipe(stageAtOnce(stage)), sourceAtOnce(source));
}

/** The pipeline itself. */
export function buildPipeline(world: World, { source, stages }: PipelineSpec): Observable<number> {
  return through(world, stages, startOf(source))(buildSource(world, source));
}

function through(world: World, stages: readonly StageSpec[], start: Standing): Stage {
  return (source) => {
    let standing = start;
    let stream = source.pipe(world.probe());
    for (const stage of stages) {
      stream = stream.pipe(buildStage(world, stage, standing), world.probe());
      standing = standingAfter(stage, standing);
    }
    return stream;
  };
}

/** Law 1, literally: what a map emits if it is right. */
function mapAtOnce(callOf: (value: number, index: number) => Observable<number>): Stage {
  return pipe(
    materialize(),
    concatMap((n, index) =>
      n.kind === 'N' ? callOf(n.value, index) : n.kind === 'E' ? throwError(() => n.error as unknown) : EMPTY,
    ),
  );
}

function handled(spec: MapSpec, input: number): MonoTypeOperatorFunction<number> {
  if (spec.onError === 'fail') return (values$) => values$;
  return catchError(() => (spec.onError === 'skip' ? EMPTY : of(-input - 1, -input - 2)));
}

function stageAtOnce(spec: StageSpec): Stage {
  switch (spec.kind) {
    case 'asyncMap':
    case 'backgroundMap':
      return mapAtOnce((value) => {
        let attempt = 0;
        return defer(() => callAtOnce(spec.task, value, ++attempt)).pipe(retry(spec.retry), handled(spec, value));
      });
    case 'holding':
    case 'concatTask':
    case 'mergeTask':
    case 'groups':
      return mapAtOnce((value) => callAtOnce(spec.task, value, 1));
    case 'prefetch':
    case 'pace':
    case 'onDemand':
    case 'timeoutAsSentinel':
    case 'observeOn':
      return (source) => source;
    case 'flatten':
      return mapAtOnce((value) => from(rowsOf(value, spec.rows)));
    case 'collect':
      return spec.maxWait === null ? collectAtOnce(spec.size) : (source) => source;
    case 'branches':
      return (source) =>
        concat(...spec.branches.map((branch) => branch.reduce((s, stage) => s.pipe(stageAtOnce(stage)), source)));
    case 'concatWith':
    case 'mergeWith':
      return (source) => concat(source, sourceAtOnce(spec.source));
    default:
      return plain(spec);
  }
}

function rowsOf(value: number, rows: number): number[] {
  return Array.from({ length: Math.abs(value) % (rows + 1) }, (_, i) => mixed(value, i));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => mixed(total, value), values.length);
}

/** `collect` without time; what was collected comes before an error. */
function collectAtOnce(size: number): Stage {
  return (source) =>
    new Observable((subscriber) => {
      let batch: number[] = [];
      const flush = (): void => {
        if (batch.length > 0) subscriber.next(sum(batch));
        batch = [];
      };
      source.subscribe({
        next: (value) => {
          if (batch.push(value) === size) flush();
        },
        error: (error: unknown) => {
          flush();
          subscriber.error(error);
        },
        complete: () => {
          flush();
          subscriber.complete();
        },
      });
    });
}

/** Operators of RxJS that are their own model. */
function plain(spec: StageSpec): Stage {
  switch (spec.kind) {
    case 'map':
      return map((value) => mixed(value, spec.n));
    case 'filter':
      return filter((value) => value % (spec.n + 1) !== 0);
    case 'tap':
      return tap(() => undefined);
    case 'scan':
      return scan((total, value) => mixed(total, value), spec.n);
    case 'take':
      return take(spec.n);
    case 'pairwise':
      return pipe(pairwise(), map(sum));
    case 'startWith':
      return startWith(spec.n, spec.n + 1);
    case 'distinct':
      return (source) => source.pipe(distinct());
    case 'distinctUntilChanged':
      return distinctUntilChanged();
    case 'materialize':
      return pipe(materialize(), dematerialize());
    case 'bufferCount':
      return pipe(bufferCount(spec.n), map(sum));
    case 'groupByMergeAll':
      return pipe(
        groupBy((value) => value % spec.n),
        mergeAll(),
      );
    case 'connectHalves':
      return connect((shared) =>
        merge(shared.pipe(filter((v) => v % 2 === 0)), shared.pipe(filter((v) => v % 2 !== 0))),
      );
    case 'concatMapSync':
      return concatMap((value) => of(value, mixed(value, spec.n)));
    case 'mergeMapSync':
      return mergeMap((value) => of(value, mixed(value, spec.n)), spec.n);
    case 'switchMapSync':
      return switchMap((value) => of(value, mixed(value, spec.n)));
    case 'retry':
      return retry(spec.times);
    case 'repeat':
      return repeat(spec.times);
    case 'catchError':
      return catchError(() => of(-1, -2));
    default:
      throw new Error(`${spec.kind} has no model`);
  }
}

function buildStage(world: World, spec: StageSpec, before: Standing): Stage {
  const { asyncMap, collect, flatten, holding, inline, onDemand, pace, prefetch, timeoutAsSentinel, isTimeout } =
    world.library;
  switch (spec.kind) {
    case 'asyncMap':
    case 'backgroundMap':
      return metered(world, spec, before, (meter) => buildMap(world, spec, meter));
    case 'prefetch':
      return metered(world, spec, before, () =>
        prefetch(spec.count, spec.shares && spec.count === 'auto' ? { budget: world.budget } : {}),
      );
    case 'flatten':
      return flatten((value: number) => {
        const rows = rowsOf(value, spec.rows);
        return spec.lazy ? (pulled(world, rows) as unknown as number[]) : rows;
      });
    case 'collect':
      return spec.maxWait === null
        ? pipe(collect<number>(spec.size), map(sum))
        : pipe(collect<number>(spec.size, { maxWaitMs: spec.maxWait }), flatten());
    case 'pace':
      return pace({ limit: spec.limit, perMs: spec.per });
    case 'onDemand':
      return onDemand(wanted(world, spec.totals, spec.delay, spec.pausable));
    case 'timeoutAsSentinel':
      return pipe(
        timeoutAsSentinel<number, number>({ firstMs: 100_000, eachMs: 50_000 }, { sentinel: -99, after: spec.after }),
        tap((value) => {
          if (isTimeout(value) || value === -99) world.broken('a timeout without lateness');
        }),
      );
    case 'holding':
      return pipe(
        prefetch(1),
        concatMap((value) => holding(defer(() => streamed(world, spec.task, value)))),
      );
    case 'concatTask':
    case 'mergeTask': {
      const pool = inline(
        {
          work: (value: number): unknown =>
            call(world, spec.task, callMeter(world, spec.kind, spec.capacity ?? Infinity), value, 1),
        },
        spec.capacity === null ? {} : { capacity: spec.capacity },
      );
      const run = (value: number): Observable<number> => pool.tasks.work(value) as Observable<number>;
      return pipe(prefetch(1), spec.kind === 'concatTask' ? concatMap(run) : mergeMap(run));
    }
    case 'observeOn':
      return observeOn(asyncScheduler, spec.delay);
    case 'concatWith':
      return (source) => concat(source, buildSource(world, spec.source));
    case 'mergeWith':
      return (source) => merge(source, buildSource(world, spec.source));
    case 'branches': {
      const branchesOf = (shared: Observable<number>): Observable<number> =>
        merge(
          ...spec.branches.map((branch) =>
            shared.pipe(through(world, branch, { ordered: before.ordered, exact: false })),
          ),
        );
      if (spec.by === 'connect') return pipe(startingLater(world), connect(branchesOf));
      return (source) => branchesOf(source.pipe(startingLater(world), share()));
    }
    case 'groups':
      return pipe(
        groupBy((value) => Math.abs(value) % spec.n),
        mergeMap((group) =>
          group.pipe(
            asyncMap((value) => call(world, spec.task, callMeter(world, 'group', Infinity), value, 1) as number),
          ),
        ),
      );
    case 'connectHalves':
      return pipe(startingLater(world), plain(spec));
    default:
      return plain(spec);
  }
}

/** Begins when every branch has subscribed, and when `connect` has what it needs to stop its source. */
function startingLater(world: World): Stage {
  return (source) => concat(world.pause(1), source);
}

function buildMap(world: World, spec: MapSpec, meter: CallMeter): Stage {
  const { asyncMap, backgroundMap, inline } = world.library;
  const { keys } = spec;
  const keyOf = (value: number): number => Math.abs(value) % (keys ?? 1);
  const options = {
    ...(keys === null ? {} : { key: keyOf }),
    concurrency: spec.concurrency,
    ordered: spec.ordered,
    ...(spec.maxPending === null ? {} : { maxPending: spec.maxPending }),
    ...(spec.retry === 0 ? {} : { retry: spec.retry }),
    ...(spec.patient ? { timeoutMs: 100_000 } : {}),
    ...(spec.onError === 'fail' ? {} : { onError: spec.onError === 'skip' ? ('skip' as const) : handler }),
  };
  const byKey = keyMeter(world, keyOf);
  const meterOf = (value: number, index: number): CallMeter => (keys === null ? meter : byKey(value, index, meter));
  if (spec.kind === 'asyncMap') {
    const attempts = new Map<number, number>();
    return asyncMap((value, { index, signal }) => {
      const attempt = (attempts.get(index) ?? 0) + 1;
      attempts.set(index, attempt);
      return call(world, spec.task, meterOf(value, index), value, attempt, signal) as number;
    }, options);
  }
  const attempts = new Map<number, number>();
  const pool = inline(
    {
      work: (value: number, index: number): number => {
        const attempt = (attempts.get(index) ?? 0) + 1;
        attempts.set(index, attempt);
        return call(world, spec.task, meterOf(value, index), value, attempt) as number;
      },
    },
    spec.capacity === null ? {} : { capacity: spec.capacity },
  );
  return backgroundMap(pool.tasks.work, { ...options, args: (_value: number, index: number) => [index] as [number] });
}

function handler(_error: unknown, input: number): Observable<number> {
  return of(-input - 1, -input - 2);
}

/** A call as an Observable, pausable or not, whatever it gives. */
function streamed(world: World, task: TaskSpec, value: number): Observable<number> {
  const { asyncMap } = world.library;
  const given = call(world, task, callMeter(world, 'holding', 1), value, 1);
  if (isObservable(given)) return given as Observable<number>;
  if (typeof given === 'object' && given !== null && 'then' in given) return from(given as PromiseLike<number>);
  return of(value).pipe(asyncMap(() => given as number));
}

/** An iterable that has to be closed. */
function pulled(world: World, rows: readonly number[]): Iterable<number> {
  return {
    [Symbol.iterator]: () => {
      const closed = world.opened('iterator of a page');
      let index = 0;
      return {
        next: () => {
          if (index < rows.length) return { done: false, value: rows[index++] as number };
          closed();
          return { done: true, value: undefined };
        },
        return: () => {
          closed();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Running totals, the last of which is enough for everything. */
function wanted(world: World, totals: readonly number[], delay: number, pausable: boolean): Observable<number> {
  const all = [...totals, Infinity];
  if (pausable) return world.library.fromPull(all);
  return concat(...all.map((total) => concat(world.pause(delay), of(total))));
}
