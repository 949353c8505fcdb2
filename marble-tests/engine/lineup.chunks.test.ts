import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunk } from '../../src/engine/chunk.js';
import { ChunkLineup } from '../../src/engine/chunk-lineup.js';
import type { Place } from '../../src/engine/place.js';

/** A pending chunk in the model: its values, and how many have come and gone. */
interface Model {
  readonly chunk: Chunk<number>;
  readonly inputs: number[];
  brought: number;
  taken: number;
}

type Step = { readonly which: number; readonly count: number } & {
  readonly do: 'add' | 'bring' | 'split' | 'take' | 'replace' | 'addFirst' | 'endHere';
};

function lineFrom(first: Place | undefined): Place[] {
  return first === undefined ? [] : [first, ...lineFrom(first.following)];
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('add', 'bring', 'bring', 'take', 'take', 'split', 'replace', 'addFirst', 'endHere'),
  which: fc.nat(20),
  count: fc.integer({ min: 1, max: 6 }),
});

describe('Lineup of chunks', () => {
  it.each([true, false])('delivers as the model does, and counts values; ordered: %s', (ordered) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lineup = new ChunkLineup<Chunk<number>>(ordered);
        let line: Model[] = [];
        let arrivals: Model[] = [];
        let next = 1;
        const modelOf = (inputs: number[]): Model => ({
          chunk: new Chunk(inputs, inputs[0]!),
          inputs,
          brought: 0,
          taken: 0,
        });
        const fresh = (count: number): Model => modelOf(Array.from({ length: count }, () => next++));
        const forget = (): void => {
          line = line.filter((model) => model.taken < model.inputs.length);
        };
        const frontOf = (): Model | undefined =>
          ordered ? line.find((_, i) => i === 0 && line[0]!.brought > line[0]!.taken) : arrivals[0];
        for (const { do: what, which, count } of steps) {
          const at = which % Math.max(1, line.length);
          const model = line[at];
          if (what === 'add') {
            const added = fresh(count);
            lineup.add(added.chunk);
            line.push(added);
          } else if (what === 'addFirst') {
            const added = fresh(1);
            lineup.addFirst(added.chunk);
            line.unshift(added);
          } else if (what === 'take') {
            const front = frontOf();
            expect(lineup.front()).toBe(front?.chunk);
            if (front !== undefined) {
              expect(lineup.take(front.chunk)).toBe(-front.inputs[front.taken]!);
              front.taken++;
              arrivals.shift();
            }
          } else if (model !== undefined) {
            const left = model.inputs.length - model.brought;
            if (what === 'bring') {
              const results = model.inputs.slice(model.brought, model.brought + count).map((n) => -n);
              model.chunk.bring(results);
              lineup.arrived(model.chunk, results.length);
              model.brought += results.length;
              arrivals.push(...results.map(() => model));
            } else if (what === 'split' && left > 0 && model.brought + left > 1) {
              const position = Math.max(1, model.brought + (count % left));
              if (position < model.inputs.length) {
                const rear = model.chunk.split(position);
                lineup.addBehind(model.chunk, rear);
                if (model.chunk.ended) lineup.end(model.chunk);
                line.splice(at + 1, 0, { chunk: rear, inputs: model.inputs.splice(position), brought: 0, taken: 0 });
              }
            } else if (what === 'replace' && model.brought === 0) {
              const other = modelOf(model.inputs.map((n) => n + 1000));
              lineup.replace(model.chunk, other.chunk);
              line[at] = other;
            } else if (what === 'endHere' && model.brought === 0 && model.inputs.length === 1) {
              // A value that brings nothing after all.
              lineup.end(model.chunk);
              model.taken = 1;
            }
          }
          forget();
          if (ordered) arrivals = [];
          expect(lineFrom(line[0]?.chunk)).toEqual(line.map(({ chunk }) => chunk));
          expect(lineup.size).toBe(line.reduce((sum, { inputs, taken }) => sum + inputs.length - taken, 0));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('delivers what a chunk has brought before its failure in the place of a part of it', () => {
    const lineup = new ChunkLineup<Chunk<number>>(true);
    const chunk = new Chunk([1, 2, 3], 0);
    lineup.add(chunk);
    chunk.bring([-1]);
    lineup.arrived(chunk);
    const failing = chunk.split(1);
    lineup.addBehind(chunk, failing);
    lineup.end(chunk);
    const rear = failing.split(1);
    lineup.addBehind(failing, rear);
    lineup.fail(failing, 'reason');
    expect(lineup.outdoneBy(failing)).toEqual([rear]);
    expect(lineup.size).toBe(2);
    expect(lineup.take(lineup.front()!)).toBe(-1);
    expect(lineup.front()?.reason).toBe('reason');
  });

  it('puts the foremost failure before everything that has arrived', () => {
    const lineup = new ChunkLineup<Chunk<number>>(false);
    const [one, other] = [new Chunk([1, 2], 0), new Chunk([3], 2)];
    lineup.add(one);
    one.bring([-1, -2]);
    lineup.arrived(one, 2);
    lineup.addFirst(other);
    lineup.prefer(other);
    lineup.fail(other, 'reason');
    expect(lineup.front()).toBe(other);
    expect(lineup.outdoneBy(other)).toEqual([]);
  });
});
