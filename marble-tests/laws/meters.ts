import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { MapSpec, StageSpec, Standing } from './stage-spec.js';
import type { CallMeter } from './task-spec.js';
import type { World } from './world.js';

/** Law 3: never more than `most` calls at once. */
export function callMeter(world: World, name: string, most: number): CallMeter {
  let running = 0;
  return {
    begin: () => {
      if (++running > most) world.broken(`${name} ran ${String(running)} calls at once, not ${String(most)}`);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        running--;
      };
    },
  };
}

/** What a key promises: one call of it at a time, in the order of the source. */
export function keyMeter(world: World, keyOf: (value: number) => number) {
  const keys = new Map<number, { readonly meter: CallMeter; latest: number }>();
  return (value: number, index: number, all: CallMeter): CallMeter => {
    const key = keyOf(value);
    const known = keys.get(key) ?? { meter: callMeter(world, `key ${String(key)}`, 1), latest: -1 };
    keys.set(key, known);
    return {
      begin: () => {
        if (index < known.latest) world.broken(`key ${String(key)} began ${String(index)} after ${String(known.latest)}`);
        known.latest = index;
        const ends = [all.begin(), known.meter.begin()];
        return () => {
          for (const end of ends) end();
        };
      },
    };
  };
}

/** Law 3 around a stage: what is between its entrance and its exit, and what runs. */
export function metered(
  world: World,
  spec: MapSpec | Extract<StageSpec, { kind: 'prefetch' }>,
  before: Standing,
  build: (meter: CallMeter) => MonoTypeOperatorFunction<number>,
): MonoTypeOperatorFunction<number> {
  return (source) =>
    defer(() => {
      if (spec.kind === 'prefetch') {
        const most = spec.count === 'auto' ? 64 : spec.count;
        return inside(
          world,
          `prefetch(${String(spec.count)})`,
          before.exact ? most : Infinity,
          build(callMeter(world, '', 0)),
        )(source);
      }
      const most = mostAtOnce(spec);
      const running = spec.kind === 'backgroundMap' ? Math.min(most, spec.capacity ?? Infinity) : most;
      const stage = build(callMeter(world, spec.kind, running));
      const counts = before.exact && isOneToOne(spec);
      return (counts ? inside(world, spec.kind, mostPending(spec), stage) : stage)(source);
    });
}

/** One value out for each value in. */
function isOneToOne({ task, onError }: MapSpec): boolean {
  const streams = task.shapes.some((shape) => ['iterator', 'asyncIterator', 'pipeline'].includes(shape));
  return !streams && (onError === 'fail' || task.fault === null);
}

/** The bound that `'auto'` keeps, however far it climbs. */
function mostAtOnce({ concurrency }: MapSpec): number {
  return concurrency === 'auto' ? 256 : concurrency;
}

function mostPending(spec: MapSpec): number {
  const { maxPending, ordered, keys } = spec;
  const concurrency = mostAtOnce(spec);
  const someWait = ordered || keys !== null;
  return maxPending ?? Math.min(4096, someWait && concurrency > 1 ? 2 * concurrency : concurrency);
}

/**
 * At most `most` values are inside a stage whenever nothing is on the stack, and one more while one is being handed on: a
 * value's place is refilled as it is taken.
 */
function inside(
  world: World,
  name: string,
  most: number,
  stage: MonoTypeOperatorFunction<number>,
): MonoTypeOperatorFunction<number> {
  return (source) => {
    let entered = 0;
    let left = 0;
    world.whenQuiet(() => {
      if (entered - left > most)
        world.broken(`${name} has ${String(entered - left)} values inside, not ${String(most)}`);
    });
    const slack = name.startsWith('prefetch') ? 1 : 0;
    return source.pipe(
      tap(() => {
        entered++;
        if (entered - left > most + slack)
          world.broken(`${name} took ${String(entered - left)} values, not ${String(most)}`);
      }),
      stage,
      tap(() => left++),
    );
  };
}
