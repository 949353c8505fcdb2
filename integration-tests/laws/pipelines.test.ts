import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import {
  consumerSpec,
  plainConsumer,
  takenAtOnce,
  type ConsumerSpec,
  type Outcome,
} from '../../marble-tests/laws/consumer.js';
import { faults } from '../../marble-tests/laws/expectations.js';
import { runs } from '../../marble-tests/laws/runs.js';
import {
  ownsItsValve,
  pipelineSpec,
  standingAfter,
  startOf,
  type PipelineSpec,
} from '../../marble-tests/laws/stage-spec.js';
import { buildPipeline, pipelineAtOnce } from '../../marble-tests/laws/stages.js';
import { World } from '../../marble-tests/laws/world.js';
import { checkLeavings, library, RealClock, runReally } from './real-run.js';

vi.setConfig({ testTimeout: 120_000 });

function expectation(spec: PipelineSpec): { expected: Outcome; ordered: boolean } {
  const expected = takenAtOnce(pipelineAtOnce(spec));
  fc.pre(expected.values.length <= 100);
  const { ordered } = spec.stages.reduce((before, stage) => standingAfter(stage, before), startOf(spec.source));
  return { expected, ordered };
}

async function check(spec: PipelineSpec, consumer: ConsumerSpec): Promise<void> {
  const { expected, ordered } = expectation(spec);
  const last = spec.stages.at(-1);
  const run = await runReally(
    (world) => buildPipeline(world, spec),
    consumer,
    last !== undefined && ownsItsValve(last),
  );
  const found = faults(run, expected, ordered);
  if (found.length > 0) throw new Error(found.join('\n'));
}

/** Reads with a loop whose body takes its time, and leaves it after `most` values. */
async function checkLoop(spec: PipelineSpec, pauses: readonly number[], most: number): Promise<void> {
  const { expected, ordered } = expectation(spec);
  const clock = new RealClock();
  const world = new World(clock, library);
  const outcome: Outcome = { values: [], end: 'none', error: undefined };
  try {
    for await (const value of library.toAsyncIterable(buildPipeline(world, spec))) {
      outcome.values.push(value);
      if (outcome.values.length >= most) {
        outcome.end = 'left';
        break;
      }
      await clock.promise(pauses[outcome.values.length % pauses.length] as number, () => undefined);
    }
    if (outcome.end === 'none') outcome.end = 'complete';
  } catch (error) {
    outcome.end = 'error';
    outcome.error = error;
  }
  await clock.done();
  checkLeavings(world, clock);
  const found = faults({ outcome, violations: world.violations }, expected, ordered);
  if (found.length > 0) throw new Error(found.join('\n'));
}

describe('random pipelines in real time', () => {
  it('bring what the model brings to a consumer that takes everything', async () => {
    await fc.assert(
      fc.asyncProperty(pipelineSpec, (spec) => check(spec, plainConsumer)),
      runs(300),
    );
  });

  it('bring what the model brings to a consumer that holds, releases and leaves at random', async () => {
    await fc.assert(fc.asyncProperty(pipelineSpec, consumerSpec, check), runs(400));
  });

  it('bring what the model brings to a loop over toAsyncIterable', async () => {
    await fc.assert(
      fc.asyncProperty(
        pipelineSpec,
        fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 3, Infinity),
        checkLoop,
      ),
      runs(300),
    );
  });
});
