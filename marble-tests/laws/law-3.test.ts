import fc from 'fast-check';
import { merge, tap } from 'rxjs';
import { describe, it, vi } from 'vitest';
import { plainConsumer, takenAtOnce, consumerSpec, type ConsumerSpec } from './consumer.js';
import { faults } from './expectations.js';
import { runs } from './runs.js';
import type { LeafSpec, SourceSpec } from './source-spec.js';
import { mapSpec, type PipelineSpec } from './stage-spec.js';
import { buildPipeline, pipelineAtOnce } from './stages.js';
import { runVirtually } from './virtual-run.js';
import { buildSource } from './sources.js';

const pausable: fc.Arbitrary<LeafSpec> = fc.record({
  kind: fc.constant('leaf'),
  how: fc.constantFrom('array', 'generator', 'asyncGenerator', 'webStream', 'promisedFactory', 'fetch', 'spy'),
  first: fc.nat(1000),
  count: fc.integer({ min: 1, max: 20 }),
  delays: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
  fault: fc.constant(null),
});

const oneToOne = mapSpec.map((spec) => ({
  ...spec,
  retry: 0,
  task: { ...spec.task, fault: null, shapes: ['promise', 'observable', 'value'] as const },
}));

function check(spec: PipelineSpec, ordered: boolean, consumer: ConsumerSpec): void {
  const expected = takenAtOnce(pipelineAtOnce(spec));
  const found = faults(
    runVirtually((world) => buildPipeline(world, spec), consumer, true),
    expected,
    ordered,
  );
  if (found.length > 0) throw new Error(found.join('\n'));
}

vi.setConfig({ testTimeout: 120_000 });

describe('Law 3', () => {
  it('a map never has more than maxPending values inside, nor runs more than its concurrency', () => {
    fc.assert(
      fc.property(pausable, oneToOne, consumerSpec, (source, map, consumer) =>
        check({ source, stages: [map] }, map.ordered || map.concurrency === 1, consumer),
      ),
      runs(1000),
    );
  });

  it('nor does one that reads from a prefetch, which has no more than its count ready', () => {
    fc.assert(
      fc.property(pausable, fc.integer({ min: 1, max: 4 }), oneToOne, consumerSpec, (source, count, map, consumer) =>
        check({ source, stages: [{ kind: 'prefetch', count, shares: false }, map] }, map.ordered || map.concurrency === 1, consumer),
      ),
      runs(700),
    );
  });
});

/** One value at a time, none of it at once, so that what is under way can be seen. */
const fetched = pausable.map((source) => ({
  ...source,
  how: 'fetch' as const,
  delays: source.delays.map((delay) => delay * 2 + 2),
}));

describe('prefetch', () => {
  function ahead(sources: readonly SourceSpec[], count: number, consumer: ConsumerSpec): string[] {
    const { violations } = runVirtually(
      (world) => {
        let asked = 0;
        let taken = 0;
        const library = world.library;
        const counted = sources.map((source) =>
          buildSource(
            Object.assign(Object.create(world) as typeof world, {
              clock: {
                after: world.clock.after.bind(world.clock),
                afterwards: world.clock.afterwards.bind(world.clock),
                promise: <T>(delay: number, work: () => T) => {
                  asked++;
                  return world.clock.promise(delay, work);
                },
              },
            }),
            source,
          ),
        );
        const most = count + sources.length - 1;
        world.whenQuiet(() => {
          // Every source asks once more to learn that it has ended.
          if (asked - taken > most + 1)
            world.broken(`${String(asked - taken)} asked for and not taken, not ${String(most)}`);
        });
        return merge(...counted).pipe(
          library.prefetch(count),
          tap(() => taken++),
        );
      },
      consumer,
      true,
    );
    return [...violations];
  }

  it('asks for no more than it may have ready, with what is under way', () => {
    fc.assert(
      fc.property(
        fc.array(fetched, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        consumerSpec,
        (sources, count, consumer) => {
          const found = ahead(sources, count, { ...consumer, leaves: null });
          if (found.length > 0) throw new Error(found.join('\n'));
        },
      ),
      runs(500),
    );
  });

  it('reads on while nobody holds', () => {
    fc.assert(
      fc.property(
        fetched,
        fc.integer({ min: 1, max: 5 }),
        (source, count) => ahead([source], count, plainConsumer).length === 0,
      ),
      runs(100),
    );
  });
});
