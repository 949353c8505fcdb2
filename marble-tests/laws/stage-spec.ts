import fc from 'fast-check';
import { isExact, isOrdered, sourceSpec, withoutRaces, type SourceSpec } from './source-spec.js';
import { taskSpec, type TaskSpec } from './task-spec.js';

export interface MapSpec {
  readonly kind: 'asyncMap' | 'backgroundMap';
  readonly task: TaskSpec;
  readonly concurrency: number | 'auto';
  readonly ordered: boolean;
  readonly maxPending: number | null;
  /** Values that leave the same remainder have the same key; null: no keys. */
  readonly keys: number | null;
  readonly retry: number;
  readonly onError: 'fail' | 'skip' | 'handler';
  /** Slots of the inline executor; null: left out. */
  readonly capacity: number | null;
  readonly patient: boolean;
}

export type StageSpec =
  | MapSpec
  | {
      readonly kind: 'prefetch';
      readonly count: number | 'auto';
      /** With `'auto'`: shares a budget with the others. */
      readonly shares: boolean;
    }
  | { readonly kind: 'flatten'; readonly rows: number; readonly lazy: boolean }
  | { readonly kind: 'collect'; readonly size: number; readonly maxWait: number | null }
  | { readonly kind: 'pace'; readonly limit: number; readonly per: number }
  | {
      readonly kind: 'onDemand';
      readonly totals: readonly number[];
      readonly delay: number;
      readonly pausable: boolean;
    }
  | { readonly kind: 'timeoutAsSentinel'; readonly after: 'complete' | 'continue' }
  | { readonly kind: 'holding'; readonly task: TaskSpec }
  | { readonly kind: 'concatTask' | 'mergeTask'; readonly task: TaskSpec; readonly capacity: number | null }
  | { readonly kind: Synchronous; readonly n: number }
  | { readonly kind: 'observeOn'; readonly delay: number }
  | { readonly kind: 'retry' | 'repeat'; readonly times: number }
  | { readonly kind: 'catchError' }
  | { readonly kind: 'concatWith' | 'mergeWith'; readonly source: SourceSpec }
  | {
      readonly kind: 'branches';
      readonly branches: readonly (readonly StageSpec[])[];
      readonly by: 'share' | 'connect';
    }
  | { readonly kind: 'groups'; readonly n: number; readonly task: TaskSpec };

/** RxJS operators that re-emit inside the delivery they are in. */
type Synchronous =
  | 'map'
  | 'filter'
  | 'tap'
  | 'scan'
  | 'take'
  | 'pairwise'
  | 'startWith'
  | 'distinct'
  | 'distinctUntilChanged'
  | 'materialize'
  | 'bufferCount'
  | 'groupByMergeAll'
  | 'connectHalves'
  | 'concatMapSync'
  | 'mergeMapSync'
  | 'switchMapSync';

/** They look at more than one value, so that the result depends on the order. */
const orderMatters: readonly string[] = [
  'scan',
  'take',
  'pairwise',
  'distinctUntilChanged',
  'bufferCount',
  'startWith',
  'retry',
  'catchError',
];

const synchronous = fc.record({
  kind: fc.constantFrom<Synchronous>(
    'map',
    'filter',
    'tap',
    'scan',
    'take',
    'pairwise',
    'startWith',
    'distinct',
    'distinctUntilChanged',
    'materialize',
    'bufferCount',
    'groupByMergeAll',
    'connectHalves',
    'concatMapSync',
    'mergeMapSync',
    'switchMapSync',
  ),
  n: fc.integer({ min: 1, max: 5 }),
});

export const mapSpec: fc.Arbitrary<MapSpec> = fc.record({
  kind: fc.constantFrom('asyncMap', 'backgroundMap'),
  task: taskSpec,
  concurrency: fc.constantFrom<number | 'auto'>(1, 2, 3, 5, Infinity, 'auto'),
  ordered: fc.boolean(),
  maxPending: fc.option(fc.integer({ min: 1, max: 6 })),
  keys: fc.option(fc.integer({ min: 1, max: 4 })),
  retry: fc.constantFrom(0, 0, 1, 2),
  onError: fc.constantFrom('fail', 'fail', 'skip', 'handler'),
  capacity: fc.option(fc.integer({ min: 1, max: 3 })),
  patient: fc.boolean(),
});

const simple: fc.Arbitrary<StageSpec> = fc.oneof(
  { arbitrary: mapSpec, weight: 6 },
  { arbitrary: synchronous, weight: 5 },
  {
    arbitrary: fc.record({
      kind: fc.constant('prefetch'),
      count: fc.constantFrom<number | 'auto'>(1, 2, 3, 0, 5, 'auto'),
      shares: fc.boolean(),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ kind: fc.constant('flatten'), rows: fc.nat(3), lazy: fc.boolean() }), weight: 2 },
  {
    arbitrary: fc.record({
      kind: fc.constant('collect'),
      size: fc.integer({ min: 1, max: 4 }),
      maxWait: fc.option(fc.integer({ min: 0, max: 5 })),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('pace'),
      limit: fc.integer({ min: 1, max: 3 }),
      per: fc.integer({ min: 1, max: 4 }),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('onDemand'),
      totals: fc.array(fc.nat(8), { maxLength: 3 }),
      delay: fc.nat(4),
      pausable: fc.boolean(),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ kind: fc.constant('timeoutAsSentinel'), after: fc.constantFrom('complete', 'continue') }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant('holding'), task: taskSpec }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('concatTask', 'mergeTask'),
      task: taskSpec,
      capacity: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant('observeOn'), delay: fc.nat(2) }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('retry', 'repeat'), times: fc.integer({ min: 1, max: 2 }) }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant('catchError') }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constantFrom('concatWith', 'mergeWith'), source: sourceSpec }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constant('groups'), n: fc.integer({ min: 1, max: 3 }), task: taskSpec }),
    weight: 1,
  },
);

const stage: fc.Arbitrary<StageSpec> = fc.oneof(
  { arbitrary: simple, weight: 12 },
  {
    arbitrary: fc.record({
      kind: fc.constant('branches'),
      branches: fc.array(fc.array(simple, { maxLength: 3 }), { minLength: 2, maxLength: 3 }),
      by: fc.constantFrom('share', 'connect'),
    }),
    weight: 1,
  },
);

export interface PipelineSpec {
  readonly source: SourceSpec;
  readonly stages: readonly StageSpec[];
}

/** What is known of a stream at a point of its pipeline. */
export interface Standing {
  /** The order of values does not depend on time. */
  readonly ordered: boolean;
  /** It is pausable through a single valve, with one value a delivery. */
  readonly exact: boolean;
}

/** A random pipeline whose values, but for their order, do not depend on time. */
export const pipelineSpec: fc.Arbitrary<PipelineSpec> = fc
  .record({ source: sourceSpec, stages: fc.array(stage, { maxLength: 6 }) })
  .map(({ source, stages }) => {
    const mayFail = !stages.some(racesWithErrors);
    const kept = withoutRaces(source, mayFail);
    return { source: kept, stages: settled(stages, startOf(kept), mayFail) };
  });

export function startOf(source: SourceSpec): Standing {
  return { ordered: isOrdered(source), exact: isExact(source) };
}

/** Where an error before it, or in it, overtakes values by chance. */
function racesWithErrors(spec: StageSpec): boolean {
  return (
    ['mergeTask', 'mergeWith', 'branches', 'groups'].includes(spec.kind) ||
    (spec.kind === 'concatTask' && spec.capacity !== 1)
  );
}

/** The stages, without what would make the values depend on time. */
function settled(stages: readonly StageSpec[], start: Standing, mayFail: boolean): StageSpec[] {
  const kept: StageSpec[] = [];
  let standing = start;
  for (const spec of stages) {
    if (!standing.ordered && orderMatters.includes(spec.kind)) continue;
    // A value that a release brings inside the delivery of another cuts that one's synchronous inner short.
    if (!standing.ordered && spec.kind === 'switchMapSync') continue;
    const sure = tamed(spec, standing, mayFail);
    standing = standingAfter(sure, standing);
    kept.push(sure);
  }
  return kept;
}

function tamed(spec: StageSpec, standing: Standing, mayFail: boolean): StageSpec {
  switch (spec.kind) {
    case 'asyncMap':
    case 'backgroundMap': {
      const ordered = spec.ordered || spec.concurrency === 1;
      const fails = mayFail && standing.ordered && ordered;
      return { ...spec, onError: fails || spec.onError !== 'fail' ? spec.onError : 'skip' };
    }
    case 'collect':
      // Arrays of whatever comes next differ with the order: they are flattened again.
      return standing.ordered ? spec : { ...spec, maxWait: spec.maxWait ?? 2 };
    case 'holding':
    case 'concatTask':
      return mayFail && standing.ordered ? spec : { ...spec, task: { ...spec.task, fault: null } };
    case 'mergeTask':
    case 'groups':
      return { ...spec, task: { ...spec.task, fault: null } };
    case 'concatWith':
    case 'mergeWith':
      return { ...spec, source: withoutRaces(spec.source, mayFail && standing.ordered && spec.kind === 'concatWith') };
    case 'branches':
      return {
        ...spec,
        branches: spec.branches.map((branch) =>
          settled(
            branch
              // A branch that subscribes late, or again, misses what came before.
              .filter(({ kind }) => !['retry', 'repeat', 'connectHalves'].includes(kind))
              .map((stage) => (stage.kind === 'onDemand' ? { ...stage, pausable: true } : stage)),
            { ordered: standing.ordered, exact: false },
            false,
          ),
        ),
      };
    default:
      return spec;
  }
}

const ours = ['prefetch', 'flatten', 'collect', 'pace', 'onDemand', 'timeoutAsSentinel', 'asyncMap', 'backgroundMap'];
const staysExact = [
  'map',
  'filter',
  'tap',
  'scan',
  'take',
  'pairwise',
  'distinct',
  'distinctUntilChanged',
  'materialize',
  'bufferCount',
  'groupByMergeAll',
  'retry',
  'repeat',
];

/** True for the stages of this package that queue. */
export function ownsItsValve(spec: StageSpec): boolean {
  return ours.includes(spec.kind) && !(spec.kind === 'prefetch' && spec.count === 0);
}

/** What is known behind a stage. */
export function standingAfter(spec: StageSpec, before: Standing): Standing {
  const exact = ownsItsValve(spec) || (before.exact && (staysExact.includes(spec.kind) || spec.kind === 'prefetch'));
  switch (spec.kind) {
    case 'asyncMap':
    case 'backgroundMap':
      return { ordered: before.ordered && (spec.ordered || runsOne(spec)), exact };
    case 'mergeTask':
    case 'mergeWith':
    case 'branches':
    case 'groups':
      return { ordered: false, exact };
    case 'concatWith':
      return { ordered: before.ordered && isOrdered(spec.source), exact: before.exact && isExact(spec.source) };
    default:
      return { ordered: before.ordered, exact };
  }
}

function runsOne(spec: MapSpec): boolean {
  return spec.concurrency === 1 || spec.maxPending === 1;
}
