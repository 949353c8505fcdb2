import type { Column } from './protocol.js';

type Bytes = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** From how many bytes on a copy that is saved is worth more than what moving a buffer takes. */
const fewestBytes = 1 << 16;

const views: Readonly<Record<string, (new (buffer: ArrayBuffer) => Bytes) | undefined>> = {
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
};

/**
 * The values as they are sent. A message copies each buffer twice, into itself and out of itself; a large one is copied once here, and
 * the copy is put on `moves`, to be moved. What arrives is the same.
 *
 * In a message, what is shared arrives shared. So this is for a value with nothing beside it that could show the same memory: a
 * buffer, or a record whose other parts are no objects. The first of the values tells whether it is worth looking.
 *
 * @param others - what goes to the task with the values.
 */
export function copiedOnce(values: Column, others: readonly (readonly unknown[])[], moves: unknown[]): Column {
  const first: unknown = values[0];
  if (!isLarge(first) && soleLarge(first) === undefined) return values;
  if (others.some((all) => all.some(isObject))) return values;
  return Array.from<unknown, unknown>(values, (value) => copied(value, moves));
}

function copied(value: unknown, moves: unknown[]): unknown {
  if (isLarge(value)) return copyOf(value, moves);
  const name = soleLarge(value);
  if (name === undefined) return value;
  const record = value as Readonly<Record<string, Bytes>>;
  return { ...record, [name]: copyOf(record[name] as Bytes, moves) };
}

function copyOf(bytes: Bytes, moves: unknown[]): Bytes {
  const copy = bufferOf(bytes).slice(0);
  moves.push(copy);
  const View = viewOf(bytes);
  return View === undefined ? copy : new View(copy);
}

/** Whether it is a buffer, or shows the whole of one, that is worth it. */
function isLarge(value: unknown): value is Bytes {
  if (!isObject(value)) return false;
  const buffer = bufferOf(value as Bytes);
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < fewestBytes) return false;
  // It would not be resizable any more.
  if ((buffer as { readonly resizable?: boolean }).resizable === true) return false;
  return (
    buffer === value || ((value as Bytes).byteLength === buffer.byteLength && viewOf(value as Bytes) !== undefined)
  );
}

/** The name of the only object in a plain record, if that is a large buffer. */
function soleLarge(value: unknown): string | undefined {
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  let sole: string | undefined;
  for (const name of Object.keys(value)) {
    const part = (value as Readonly<Record<string, unknown>>)[name];
    if (!isObject(part)) continue;
    if (sole !== undefined || !isLarge(part)) return undefined;
    sole = name;
  }
  return sole;
}

function bufferOf(bytes: Bytes): ArrayBuffer {
  return ArrayBuffer.isView(bytes) ? bytes.buffer : bytes;
}

function viewOf(bytes: Bytes): (new (buffer: ArrayBuffer) => Bytes) | undefined {
  // A Buffer is sent as what it is to the engine, a Uint8Array.
  return ArrayBuffer.isView(bytes) ? views[(bytes as Uint8Array)[Symbol.toStringTag]] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
