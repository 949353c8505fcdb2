import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copiedOnce } from '../../src/worker/copied-once.js';

const large = 1 << 16;
const bytes = (length = large): Uint8Array<ArrayBuffer> => new Uint8Array(length).map((_, i) => i);

interface Sent {
  readonly arrived: readonly unknown[];
  readonly moved: number;
}

/** Sends values as a message is sent that moves what is to be moved. */
function sent(values: readonly unknown[], others: readonly (readonly unknown[])[] = []): Sent {
  const moves: unknown[] = [];
  const message = copiedOnce(values, others, moves) as readonly unknown[];
  return { arrived: structuredClone(message, { transfer: moves as ArrayBuffer[] }), moved: moves.length };
}

describe('large buffers on their way', () => {
  const kinds: readonly (new (buffer: ArrayBuffer) => object)[] = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  class Pixels extends Uint8ClampedArray<ArrayBuffer> {}
  const { buffer } = bytes();
  it.each<readonly [string, unknown]>([
    ['an ArrayBuffer', buffer],
    ...kinds.map((Kind) => [Kind.name, new Kind(buffer)] as const),
    ['a class of its own', new Pixels(buffer)],
    ['a Buffer', Buffer.from(buffer)],
    ['a part of a record', { data: new Uint8Array(buffer), width: 128, ['__proto__']: 'a name', none: null }],
  ])('are moved as copies, and arrive as what they are: %s', (_, value) => {
    const { arrived, moved } = sent([value]);
    expect(moved).toBe(1);
    deepStrictEqual(arrived, structuredClone([value]));
    expect(buffer.byteLength).toBe(large);
  });

  it('are looked for where the first value is one', () => {
    const values = [bytes(), 'text', { data: bytes() }, bytes(10), undefined, bytes(2 * large)];
    const { arrived, moved } = sent(values);
    expect(moved).toBe(3);
    deepStrictEqual(arrived, values);
    expect(sent(['text', bytes()]).moved).toBe(0);
  });

  it('are copied by the message where it is not worth it, or might make a difference', () => {
    const one = bytes();
    const nothing = (value: unknown, others: unknown[] = []): void => {
      const { arrived, moved } = sent([value], [others]);
      expect(moved).toBe(0);
      deepStrictEqual(arrived, structuredClone([value]));
    };
    nothing(one.subarray(1));
    nothing(bytes(large - 1));
    nothing(new Uint8Array(new SharedArrayBuffer(large)));
    const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
    nothing(new Resizable(large, { maxByteLength: 2 * large }));
    nothing(one, [one.subarray(1)]);
    nothing({ data: one, size: { width: 128 } });
    nothing({ data: one, same: one });
    nothing({ data: one.subarray(1) });
    nothing([one]);
    nothing(new Map([[1, one]]));
    nothing(Object.assign(Object.create({ inherited: true }) as object, { data: one }));
  });

  it('are the same when they arrive, whatever they are in', () => {
    const part = fc.oneof(
      fc.constantFrom(bytes(), bytes().buffer, bytes(large + 8).subarray(8), new Float64Array(large)),
      fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true }),
    );
    const value = fc.oneof(part, fc.dictionary(fc.string(), part, { maxKeys: 3 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), fc.array(part, { maxLength: 2 }), (values, others) => {
        deepStrictEqual(sent(values, [others]).arrived, structuredClone(values));
      }),
    );
  });
});
