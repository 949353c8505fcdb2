import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeThrown } from '../../src/worker/encode-error.js';
import { OwnResults } from '../../src/worker/own-results.js';
import { MessageRun } from '../../src/worker/message-run.js';
import type { Column } from '../../src/worker/protocol.js';

type Step = { readonly returns: unknown } | 'throws' | 'is taken back';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.integer().map((returns) => ({ returns })) },
  { weight: 2, arbitrary: fc.oneof(fc.double(), fc.constant(2 ** 31)).map((returns) => ({ returns })) },
  { weight: 1, arbitrary: fc.constantFrom('a', undefined, null, 1n).map((returns) => ({ returns })) },
  { weight: 1, arbitrary: fc.constantFrom('throws' as const, 'is taken back' as const) },
);

/** Ways to send numbers. */
const columns = fc.constantFrom<(inputs: number[]) => Column>(
  (inputs) => inputs,
  (inputs) => Int32Array.from(inputs),
  (inputs) => Float64Array.from(inputs),
);

describe('MessageRun', () => {
  it('gives the outcomes that calls had, however inputs came, and whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean()), { minLength: 1 }), columns, (steps, column) => {
        const inputs = steps.map((_, i) => i);
        const run = new MessageRun({ type: 'run', serial: 5, task: 'work', inputs: column(inputs) }, 0);
        run.task = { work: (input: unknown) => input, results: new OwnResults() };
        const came: Step[] = [];
        const take = (): void => {
          const { serial, values, failures, ran } = run.takeOutcomes(0);
          expect(serial).toBe(5 + came.length);
          const failed = new Set(failures.map(([position]) => position));
          const news = steps.slice(came.length, came.length + values.length).map(([is]) => is);
          expect(ran).toBe(news.filter((is) => is !== 'is taken back').length);
          expect([...failed]).toEqual(news.flatMap((is, position) => (is === 'throws' ? [position] : [])));
          news.forEach((is, position) => {
            if (typeof is === 'object') expect(values[position]).toBe(is.returns);
          });
          if (ArrayBuffer.isView(values)) expect(values.buffer.byteLength).toBe(values.byteLength);
          came.push(...news);
        };
        steps.forEach(([is, asked], position) => {
          expect([run.position, run.call()]).toEqual([position, position]);
          if (typeof is === 'object') run.result(is.returns, undefined);
          else if (is === 'throws') run.failed(encodeThrown('oops'));
          else run.skip();
          if (asked) take();
        });
        expect(run.isDone).toBe(true);
        take();
        expect(came.length).toBe(steps.length);
      }),
    );
  });

  it.each([
    [Int32Array, 10, Int32Array],
    [Float64Array, 10, Int32Array],
    [Int32Array, 0.5, Float64Array],
    [Float64Array, 0.5, Float64Array],
    [Int32Array, 'ten', Array],
  ])('answers numbers, %o, with numbers, also beside calls that failed: %s', (Kind, result, expected) => {
    const run = new MessageRun({ type: 'run', serial: 1, task: 'work', inputs: Kind.of(1, 2, 3, 4) }, 0);
    run.result(7, undefined);
    run.failed(encodeThrown('oops'));
    run.skip();
    run.result(result, undefined);
    const { values, failures } = run.takeOutcomes(0);
    expect(values).toBeInstanceOf(expected);
    expect([values[0], values[3]]).toEqual([7, result]);
    expect(failures).toMatchObject([[1, {}]]);
  });
});
