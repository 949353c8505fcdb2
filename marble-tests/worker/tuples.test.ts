import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutcomesMessage, RunMessage } from '../../src/worker/protocol.js';
import { isTuple, outcomesMessage, outcomesTuple, runMessage, runTuple } from '../../src/worker/tuples.js';

const value = fc.oneof(fc.integer(), fc.string(), fc.constant(undefined));
const column = fc.oneof(fc.array(value), fc.float64Array());

const run: fc.Arbitrary<RunMessage> = fc.record(
  {
    type: fc.constant('run' as const),
    serial: fc.nat(),
    task: fc.oneof(fc.string(), fc.record({ name: fc.string(), text: fc.string() })),
    inputs: column,
    index: fc.nat(),
    attempt: fc.nat(),
    rest: fc.array(value),
    rests: fc.array(fc.array(value)),
    isBare: fc.constant(true),
    isTimed: fc.constant(true),
  },
  { requiredKeys: ['type', 'serial', 'task', 'inputs'] },
);

const outcomes: fc.Arbitrary<OutcomesMessage> = fc.record(
  {
    type: fc.constant('outcomes' as const),
    serial: fc.nat(),
    values: column,
    failures: fc.array(
      fc.tuple(
        fc.nat(),
        value.map((thrown) => ({ root: { value: thrown }, errors: [] })),
      ),
    ),
    ran: fc.nat(),
    ms: fc.double({ noNaN: true }),
  },
  { requiredKeys: ['type', 'serial', 'values', 'ran', 'ms'] },
);

describe('tuples', () => {
  it('say all that a message says', () => {
    fc.assert(
      fc.property(run, (message) => {
        const tuple = structuredClone(runTuple(message));
        expect(isTuple(tuple)).toBe(true);
        expect(runMessage(tuple)).toEqual(message);
      }),
    );
    fc.assert(
      fc.property(outcomes, (message) => {
        expect(outcomesMessage(structuredClone(outcomesTuple(message)))).toEqual(message);
      }),
    );
  });

  it('are short where a message says what is usual', () => {
    expect(runTuple({ type: 'run', serial: 1, task: 'work', inputs: [2] })).toEqual([1, 'work', [2]]);
    expect(outcomesTuple({ type: 'outcomes', serial: 1, values: [3], ran: 1, ms: 0.1 })).toEqual([1, [3], 1, 0.1]);
  });
});
