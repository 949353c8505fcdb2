import fc from 'fast-check';
import { describe, it } from 'vitest';
import { consumerSpec, plainConsumer, takenAtOnce, type ConsumerSpec } from './consumer.js';
import { faults } from './expectations.js';
import { runs } from './runs.js';
import { pipelineSpec, standingAfter, startOf, type PipelineSpec } from './stage-spec.js';
import { buildPipeline, pipelineAtOnce } from './stages.js';
import { runVirtually } from './virtual-run.js';

function check(spec: PipelineSpec, consumer: ConsumerSpec): void {
  const expected = takenAtOnce(pipelineAtOnce(spec));
  fc.pre(expected.values.length <= 200);
  const standing = spec.stages.reduce((before, stage) => standingAfter(stage, before), startOf(spec.source));
  const run = runVirtually((world) => buildPipeline(world, spec), consumer, false);
  const found = faults(run, expected, standing.ordered);
  if (found.length > 0) throw new Error(found.join('\n'));
}

describe('random pipelines in virtual time', () => {
  it('bring what the model brings to a consumer that takes everything', () => {
    fc.assert(fc.property(pipelineSpec, (spec) => check(spec, plainConsumer)), runs(3000));
  });

  it('bring what the model brings to a consumer that holds, releases and leaves at random', () => {
    fc.assert(fc.property(pipelineSpec, consumerSpec, check), runs(6000));
  }, 60_000);
});
