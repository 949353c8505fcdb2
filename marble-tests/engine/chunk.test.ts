import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunk } from '../../src/engine/chunk.js';

const inputsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const restsOf = (inputs: readonly number[]): (readonly unknown[])[] => inputs.map((n) => [`rest of ${String(n)}`]);

/** What a chunk should be, in plain arrays. */
interface Model {
  readonly chunk: Chunk<number>;
  readonly inputs: number[];
  readonly brought: number[];
  taken: number;
}

type Step =
  | { readonly do: 'split'; readonly which: number; readonly at: number }
  | { readonly do: 'bring'; readonly which: number; readonly count: number; readonly packed: boolean }
  | { readonly do: 'take'; readonly which: number; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('split' as const), which: fc.nat(9), at: fc.nat(20) }),
  fc.record({ do: fc.constant('bring' as const), which: fc.nat(9), count: fc.nat(6), packed: fc.boolean() }),
  fc.record({ do: fc.constant('take' as const), which: fc.nat(9), count: fc.nat(8) }),
);

function play(models: Model[], move: Step): void {
  const model = models[move.which % models.length]!;
  const { chunk, inputs, brought } = model;
  switch (move.do) {
    case 'split': {
      // Not before what has been reported, nor at an end.
      const low = Math.max(1, brought.length);
      if (low >= inputs.length) return;
      const at = low + (move.at % (inputs.length - low));
      models.push({ chunk: chunk.split(at), inputs: inputs.splice(at), brought: [], taken: 0 });
      return;
    }
    case 'bring': {
      const count = Math.min(move.count, inputs.length - brought.length);
      const results = inputs.slice(brought.length, brought.length + count).map((n) => -n);
      chunk.bring(move.packed ? Float64Array.from(results) : results);
      brought.push(...results);
      return;
    }
    case 'take':
      for (let left = move.count; left > 0 && model.taken < brought.length; left--) {
        expect(chunk.take()).toBe(brought[model.taken++]);
      }
  }
}

function check({ chunk, inputs, brought, taken }: Model): void {
  expect({
    length: chunk.length,
    size: chunk.size,
    reported: chunk.reported,
    taken: chunk.taken,
    waiting: chunk.waiting,
    index: chunk.index,
    inputs: chunk.inputs,
    rests: chunk.rests,
    input: inputs.map((_, i) => chunk.input(i)),
    rest: inputs.map((_, i) => chunk.rest(i)),
  }).toEqual({
    length: inputs.length,
    size: inputs.length - taken,
    reported: brought.length,
    taken,
    waiting: brought.length - taken,
    index: inputs[0],
    inputs,
    rests: restsOf(inputs),
    input: inputs,
    rest: restsOf(inputs),
  });
  if (brought.length === inputs.length && brought.length > 0) expect(chunk.ended).toBe(true);
  if (brought.length < inputs.length) expect(chunk.ended).toBe(false);
}

describe('Chunk', () => {
  it('is what its values, their results and its parts make of it, in every order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 40 }), (count, steps) => {
        const inputs = inputsFrom(0, count);
        const models: Model[] = [{ chunk: new Chunk([...inputs], 0, restsOf(inputs)), inputs, brought: [], taken: 0 }];
        for (const move of steps) {
          play(models, move);
          models.forEach(check);
        }
      }),
    );
  });

  it('has one length, whatever its parts, and its inputs are not copied', () => {
    const inputs = inputsFrom(5, 3);
    const chunk = new Chunk(inputs, 5);
    expect(chunk.inputs).toBe(inputs);
    expect([chunk.rests, chunk.rest(1)]).toEqual([undefined, undefined]);
  });

  it('hands on that it is unwanted', () => {
    const chunk = new Chunk([1, 2], 0);
    chunk.isUnwanted = true;
    expect(chunk.split(1).isUnwanted).toBe(true);
  });

  it('ends when what is not reported is split off', () => {
    const chunk = new Chunk([1, 2, 3], 0);
    chunk.bring([1]);
    expect(chunk.ended).toBe(false);
    const rear = chunk.split(1);
    expect([chunk.ended, rear.ended, rear.length]).toEqual([true, false, 2]);
  });

  it('keeps undefined as a result', () => {
    const chunk = new Chunk([1, 2], 0);
    chunk.bring([undefined]);
    chunk.bring([undefined]);
    expect([chunk.waiting, chunk.take(), chunk.take(), chunk.waiting]).toEqual([2, undefined, undefined, 0]);
  });
});
