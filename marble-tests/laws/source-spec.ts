import fc from 'fast-check';
import { thrown } from './task-spec.js';

/** The source fails after `at` values, or after its last, in its first `times` subscriptions. */
export interface Fault {
  readonly at: number;
  readonly times: number;
  readonly thrown: unknown;
}

export type Leaf =
  | 'array'
  | 'generator'
  | 'asyncGenerator'
  | 'webStream'
  | 'promisedFactory'
  | 'fetch'
  | 'spy'
  | 'from'
  | 'timer'
  | 'subject';

export interface LeafSpec {
  readonly kind: 'leaf';
  readonly how: Leaf;
  readonly first: number;
  readonly count: number;
  readonly delays: readonly number[];
  readonly fault: Fault | null;
}

export interface PagesSpec {
  readonly kind: 'pages';
  readonly form: 'next' | 'closure';
  readonly first: number;
  /** How many pages each chain has. */
  readonly chains: readonly number[];
  readonly concurrency: number;
  readonly pausableSeeds: boolean;
  readonly shape: 'value' | 'promise' | 'observable';
  readonly delays: readonly number[];
  readonly fault: Fault | null;
}

export type SourceSpec =
  | LeafSpec
  | PagesSpec
  | { readonly kind: 'merge' | 'concat'; readonly sources: readonly SourceSpec[] }
  | { readonly kind: 'repeat' | 'retry'; readonly times: number; readonly source: SourceSpec };

const fault = fc.option(fc.record({ at: fc.nat(4), times: fc.constantFrom(1, 2, Infinity), thrown }), { freq: 3 });
const delays = fc.array(fc.nat(5), { minLength: 1, maxLength: 3 });
const first = fc.integer({ min: 0, max: 100_000 });

const leaf: fc.Arbitrary<LeafSpec> = fc.record({
  kind: fc.constant('leaf'),
  how: fc.constantFrom<Leaf>(
    'array',
    'generator',
    'asyncGenerator',
    'webStream',
    'promisedFactory',
    'fetch',
    'spy',
    'from',
    'timer',
    'subject',
  ),
  first,
  count: fc.nat(8),
  delays,
  fault,
});

const pages: fc.Arbitrary<PagesSpec> = fc.record({
  kind: fc.constant('pages'),
  form: fc.constantFrom('next', 'closure'),
  first,
  chains: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  concurrency: fc.constantFrom(1, 2, 3, Infinity),
  pausableSeeds: fc.boolean(),
  shape: fc.constantFrom('value', 'promise', 'observable'),
  delays,
  fault,
});

export const sourceSpec: fc.Arbitrary<SourceSpec> = fc.letrec<{ source: SourceSpec }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { arbitrary: leaf, weight: 4 },
    { arbitrary: pages, weight: 2 },
    {
      arbitrary: fc.record({
        kind: fc.constantFrom('merge', 'concat'),
        sources: fc.array(tie('source'), { minLength: 1, maxLength: 3 }),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kind: fc.constantFrom('repeat', 'retry'),
        times: fc.integer({ min: 1, max: 2 }),
        source: tie('source'),
      }),
      weight: 1,
    },
  ),
})).source;

/** True when the order of its values does not depend on time. */
export function isOrdered(spec: SourceSpec): boolean {
  switch (spec.kind) {
    case 'leaf':
      return true;
    case 'pages':
      return spec.concurrency === 1 || spec.chains.length < 2;
    case 'merge':
      return false;
    case 'concat':
      return spec.sources.every(isOrdered);
    default:
      return isOrdered(spec.source);
  }
}

/** The same source, without errors whose place among the values would depend on time. */
export function withoutRaces(spec: SourceSpec, mayFail: boolean): SourceSpec {
  switch (spec.kind) {
    case 'leaf':
      return mayFail ? spec : { ...spec, fault: null };
    case 'pages':
      return mayFail && isOrdered(spec) ? spec : { ...spec, fault: null };
    case 'merge':
      return { ...spec, sources: spec.sources.map((source) => withoutRaces(source, false)) };
    case 'concat':
      return { ...spec, sources: spec.sources.map((source) => withoutRaces(source, mayFail)) };
    default:
      return { ...spec, source: withoutRaces(spec.source, mayFail) };
  }
}

/** True when it is pausable through a single valve, with one value a delivery. */
export function isExact(spec: SourceSpec): boolean {
  switch (spec.kind) {
    case 'leaf':
      return !['from', 'timer', 'subject'].includes(spec.how);
    case 'pages':
      return true;
    case 'merge':
      return false;
    case 'concat':
      return spec.sources.every(isExact);
    default:
      return isExact(spec.source);
  }
}
