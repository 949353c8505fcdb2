import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import { consumerSpec, plainConsumer, takenAtOnce, type ConsumerSpec } from './consumer.js';
import { faults } from './expectations.js';
import { runs } from './runs.js';
import { ownsItsValve, pipelineSpec, standingAfter, startOf, type PipelineSpec } from './stage-spec.js';
import { buildPipeline, pipelineAtOnce } from './stages.js';
import { runVirtually } from './virtual-run.js';

function check(spec: PipelineSpec, consumer: ConsumerSpec): void {
  const expected = takenAtOnce(pipelineAtOnce(spec));
  fc.pre(expected.values.length <= 200);
  const standing = spec.stages.reduce((before, stage) => standingAfter(stage, before), startOf(spec.source));
  // Behind a stage of this package nothing else can be current, and nothing may come while the consumer holds.
  const last = spec.stages.at(-1);
  const strict = last !== undefined && ownsItsValve(last);
  const run = runVirtually((world) => buildPipeline(world, spec), consumer, strict);
  const found = faults(run, expected, standing.ordered);
  if (found.length > 0) throw new Error(found.join('\n'));
}

vi.setConfig({ testTimeout: 120_000 });

describe('random pipelines in virtual time', () => {
  it('bring what the model brings to a consumer that takes everything', () => {
    fc.assert(
      fc.property(pipelineSpec, (spec) => check(spec, plainConsumer)),
      runs(1500),
    );
  });

  it('bring what the model brings to a consumer that holds, releases and leaves at random', () => {
    fc.assert(fc.property(pipelineSpec, consumerSpec, check), runs(3000));
  });
});
