import fc from 'fast-check';
import { type Observable, Subject, takeUntil } from 'rxjs';
import type { Valve } from '../../src/backpressure/index.js';
import { pick, type World } from './world.js';

/** What the consumer does with the holds it takes for one value. */
interface HoldSpec {
  /** How many holds at once; 0: it has room. */
  readonly depth: number;
  /** When each is released; 0: still inside the delivery. */
  readonly releaseAfter: number;
  readonly releaseTwice: boolean;
  /** How long after the delivery they are taken; 0: inside it. */
  readonly takeAfter: number;
}

export interface ConsumerSpec {
  readonly holds: readonly HoldSpec[];
  /** When it unsubscribes: after so many values, inside the delivery, or after so much time. */
  readonly leaves: { readonly afterValues: number } | { readonly afterTime: number } | null;
}

export const consumerSpec: fc.Arbitrary<ConsumerSpec> = fc.record({
  holds: fc.array(
    fc.record({
      depth: fc.constantFrom(0, 1, 1, 2, 3),
      releaseAfter: fc.constantFrom(0, 0, 1, 2, 3, 6),
      releaseTwice: fc.boolean(),
      takeAfter: fc.constantFrom(0, 0, 0, 1, 3),
    }),
    { maxLength: 4 },
  ),
  leaves: fc.option(
    fc.oneof(fc.record({ afterValues: fc.integer({ min: 1, max: 8 }) }), fc.record({ afterTime: fc.nat(30) })),
    { freq: 3 },
  ),
});

/** Takes everything at once and stays to the end. */
export const plainConsumer: ConsumerSpec = { holds: [], leaves: null };

/** What came out of a stream, and how it ended. */
export interface Outcome {
  readonly values: number[];
  end: 'none' | 'complete' | 'error' | 'left';
  error: unknown;
}

/** Everything a synchronous stream brings. */
export function takenAtOnce(stream: Observable<number>): Outcome {
  const outcome: Outcome = { values: [], end: 'none', error: undefined };
  stream.subscribe({
    next: (value) => outcome.values.push(value),
    error: (error: unknown) => {
      outcome.end = 'error';
      outcome.error = error;
    },
    complete: () => {
      outcome.end = 'complete';
    },
  });
  return outcome;
}

/**
 * Subscribes, and takes and releases holds as `spec` says.
 *
 * @param strict - the stream's last stage owns the only valve that may be current, and has to be silent while held.
 * @param ended - called once, when the stream has ended or been left.
 */
export function consume(
  world: World,
  stream: Observable<number>,
  spec: ConsumerSpec,
  strict: boolean,
  ended: () => void,
): Outcome {
  const { currentValve } = world.library;
  const outcome: Outcome = { values: [], end: 'none', error: undefined };
  const left$ = new Subject<void>();
  const leave = (): void => {
    if (outcome.end !== 'none') return;
    outcome.end = 'left';
    world.isOver = true;
    left$.next();
    ended();
  };
  const finish = (end: 'complete' | 'error', error?: unknown): void => {
    if (outcome.end === 'left') return;
    if (outcome.end !== 'none') world.broken('a second end');
    listen();
    world.isOver = true;
    outcome.end = end;
    outcome.error = error;
    ended();
  };
  const listen = (): Valve | undefined => {
    const valve = currentValve();
    if (strict && valve === undefined) world.broken('a delivery without its valve');
    if (strict && valve?.held === true) world.broken('a held source spoke');
    return valve;
  };
  const { leaves } = spec;
  let taking = false;
  if (leaves !== null && 'afterTime' in leaves) world.clock.afterwards(leaves.afterTime, leave);
  stream.pipe(takeUntil(left$)).subscribe({
    next: (value) => {
      if (outcome.end !== 'none') world.broken('a value after the end');
      const valve = listen();
      if (strict && taking) world.broken('a value inside the delivery of another');
      taking = true;
      outcome.values.push(value);
      if (valve !== undefined && spec.holds.length > 0)
        hold(world, valve, pick(spec.holds, outcome.values.length), outcome);
      if (leaves !== null && 'afterValues' in leaves && outcome.values.length >= leaves.afterValues) leave();
      taking = false;
    },
    error: (error: unknown) => finish('error', error),
    complete: () => finish('complete'),
  });
  return outcome;
}

function hold(world: World, valve: Valve, spec: HoldSpec, outcome: Outcome): void {
  const take = (): void => {
    // Whoever has gone takes no hold.
    if (outcome.end !== 'none') return;
    const releases = Array.from({ length: spec.depth }, () => valve.hold());
    releases.forEach((release, i) => {
      const letGo = (): void => {
        release();
        if (spec.releaseTwice) release();
      };
      if (spec.releaseAfter === 0) letGo();
      else world.clock.afterwards(spec.releaseAfter + i, letGo);
    });
  };
  if (spec.takeAfter === 0) take();
  else world.clock.afterwards(spec.takeAfter, take);
}
