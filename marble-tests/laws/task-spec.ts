import fc from 'fast-check';
import { concat, defer, from, Observable, tap, throwError } from 'rxjs';
import { mixed, pick, type World } from './world.js';

/** What a call brings, and when: each by the value it is called with. */
export interface TaskSpec {
  readonly salt: number;
  readonly shapes: readonly Shape[];
  readonly delays: readonly number[];
  readonly fault: { readonly modulus: number; readonly attempts: number; readonly thrown: unknown } | null;
}

type Shape = 'value' | 'promise' | 'observable' | 'iterator' | 'asyncIterator' | 'pipeline';

export const thrown: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(undefined, 'oops', null, 0);

export const taskSpec: fc.Arbitrary<TaskSpec> = fc.record({
  salt: fc.nat(1000),
  shapes: fc.array(fc.constantFrom<Shape>('promise', 'value', 'observable', 'iterator', 'asyncIterator', 'pipeline'), {
    minLength: 1,
    maxLength: 3,
  }),
  delays: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
  fault: fc.option(
    fc.record({ modulus: fc.integer({ min: 1, max: 6 }), attempts: fc.constantFrom(1, 2, Infinity), thrown }),
    { freq: 2 },
  ),
});

/** What the call for `value` brings in the `attempt`th attempt: some values, and perhaps an error. */
function outcome(
  spec: TaskSpec,
  value: number,
  attempt: number,
): { values: number[]; failure: { thrown: unknown } | null } {
  const { fault } = spec;
  const fails = fault !== null && Math.abs(value) % fault.modulus === 0 && attempt <= fault.attempts;
  const result = mixed(value, spec.salt);
  const streams = ['iterator', 'asyncIterator', 'pipeline'].includes(pick(spec.shapes, value));
  const values = streams ? Array.from({ length: Math.abs(value) % 4 }, (_, i) => result + i) : [result];
  if (fails) return { values: streams ? values.slice(0, 1) : [], failure: { thrown: fault.thrown } };
  return { values, failure: null };
}

/** The call as it would be if nothing took time. */
export function callAtOnce(spec: TaskSpec, value: number, attempt: number): Observable<number> {
  const { values, failure } = outcome(spec, value, attempt);
  return failure === null
    ? from(values)
    : concat(
        from(values),
        throwError(() => failure.thrown),
      );
}

/** Told when calls begin and end. */
export interface CallMeter {
  begin(): () => void;
}

/** The call itself. */
export function call(
  world: World,
  spec: TaskSpec,
  meter: CallMeter,
  value: number,
  attempt: number,
  signal?: AbortSignal,
): unknown {
  world.begins('a call');
  const { values, failure } = outcome(spec, value, attempt);
  const delay = pick(spec.delays, value);
  const settle = (): number => {
    if (failure !== null) throw failure.thrown;
    return values[0] as number;
  };
  switch (pick(spec.shapes, value)) {
    case 'value': {
      meter.begin()();
      return settle();
    }
    case 'promise': {
      const end = meter.begin();
      const closed = signal === undefined ? () => undefined : world.opened('promise whose signal was not aborted');
      signal?.addEventListener('abort', closed);
      return world.clock.promise(delay, () => {
        end();
        closed();
        return settle();
      });
    }
    case 'observable':
      return new Observable<number>((subscriber) => {
        const end = meter.begin();
        const closed = world.opened('observable call');
        subscriber.add(() => {
          end();
          closed();
        });
        subscriber.add(
          world.clock.after(delay, () => {
            end();
            if (failure !== null) subscriber.error(failure.thrown);
            else {
              subscriber.next(values[0] as number);
              subscriber.complete();
            }
          }),
        );
      });
    case 'iterator':
      return iterate(world, meter, values, failure);
    case 'asyncIterator':
      return iterateSlowly(world, meter, values, failure, delay);
    case 'pipeline': {
      const { fromPull, prefetch } = world.library;
      return defer(() => {
        const end = meter.begin();
        return fromPull(iterate(world, { begin: () => end }, values, failure)).pipe(
          prefetch(1),
          tap({ finalize: end }),
        );
      });
    }
  }
}

function iterate(
  world: World,
  meter: CallMeter,
  values: number[],
  failure: { thrown: unknown } | null,
): Iterator<number, undefined, undefined> {
  const end = meter.begin();
  const closed = world.opened('iterator');
  const over = (): void => {
    end();
    closed();
  };
  let index = 0;
  return {
    next: () => {
      if (index < values.length) return { done: false, value: values[index++] as number };
      over();
      if (failure !== null) throw failure.thrown;
      return { done: true, value: undefined };
    },
    return: () => {
      over();
      return { done: true, value: undefined };
    },
  };
}

function iterateSlowly(
  world: World,
  meter: CallMeter,
  values: number[],
  failure: { thrown: unknown } | null,
  delay: number,
): AsyncIterator<number, undefined, undefined> & AsyncIterable<number> {
  const steps = iterate(world, meter, values, failure);
  const iterator = {
    next: () => world.clock.promise(delay, () => steps.next()) as Promise<IteratorResult<number, undefined>>,
    return: () => {
      const returned = steps.return?.() as IteratorReturnResult<undefined>;
      return world.clock.promise(delay, () => returned) as Promise<IteratorReturnResult<undefined>>;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
