// What the random pipelines have found, each at its smallest.
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromPull, onDemand } from '../../src/index.js';
import { takenAtOnce } from './consumer.js';

describe('onDemand', () => {
  it('does not hold wanted$ for the values of a source that is not pausable', () => {
    const { values, end } = takenAtOnce(of(1, 2, 3).pipe(onDemand(fromPull([1, 2, Infinity]))));

    expect(values).toStrictEqual([1, 2, 3]);
    expect(end).toBe('complete');
  });
});
