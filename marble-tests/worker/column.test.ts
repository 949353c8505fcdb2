import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packed } from '../../src/worker/column.js';

const many = <T>(value: T): T[] => new Array<T>(20).fill(value);
const most = 2 ** 31 - 1;

describe('values on their way', () => {
  it.each([
    ['integers', [...many(7), 0, most, -most - 1], Int32Array],
    ['a fraction among them', [...many(7), 0.5], Float64Array],
    ['an integer too large for 32 bits', [...many(7), most + 1], Float64Array],
    ['-0', [...many(7), -0], Float64Array],
    ['NaN', [...many(7), NaN], Float64Array],
    ['something else among numbers', [...many(7), '7'], Array],
    ['nothing but other things', many('7'), Array],
    ['few', [1, 2, 3], Array],
  ])('%s', (_, values, kind) => {
    expect(packed(values)).toBeInstanceOf(kind);
  });

  it('are the same when they arrive', () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, most, most + 1, -most - 1, -most - 2, NaN));
    const values = fc.oneof(fc.array(fc.integer()), fc.array(number), fc.array(fc.oneof(number, fc.anything())));
    fc.assert(
      fc.property(values, (sent) => {
        const arrived = packed(sent);
        expect(arrived).toHaveLength(sent.length);
        sent.forEach((value, position) => {
          expect(arrived[position]).toBe(value);
        });
      }),
      { numRuns: 1000 },
    );
  });
});
