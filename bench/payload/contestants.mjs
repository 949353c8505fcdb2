import { inBatches } from '../harness/windowed.mjs';
import { throughBackgroundMap, throughPiscina } from './pools.mjs';

/** @import { Contestant, Kind } from '../harness/interleave.mjs' */
/** @import { Send } from './pools.mjs' */

/** @type {[string, Kind, Send][]} */
const senders = [
  ['backgroundMap', 'ours', throughBackgroundMap],
  ['piscina', 'peer', throughPiscina],
];

/** @type {(view: Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>) => ArrayBuffer} */
const bufferOf = ({ buffer }) => buffer;

/**
 * @param {string} library
 * @param {string} way
 */
export const nameOf = (library, way) => `${library}, ${way}`;

export const ways = {
  cloned: 'copied there and back',
  fresh: 'moved, a new buffer each',
  recycled: 'moved, used again',
  shared: 'SharedArrayBuffer',
};

/**
 * So many bytes to a worker and back, run on how often.
 *
 * @param {number} bytes
 * @returns {Contestant<number>[]}
 */
export function ofBytes(bytes) {
  return senders.flatMap(([library, kind, send]) => {
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const spare = [];
    const one = new Uint8Array(bytes);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes));
    /** @type {(name: string, run: (n: number, take: (bytes: Uint8Array) => void) => Promise<void>) => Contestant<number>} */
    const inThisWay = (name, run) => ({
      name: nameOf(library, name),
      kind,
      run: (n) => counted(n, (take) => run(n, take)),
    });
    const made = () => new Uint8Array(bytes);
    return [
      inThisWay(ways.cloned, (n, take) =>
        send(
          'mark',
          each(n, () => one),
          undefined,
          take,
        ),
      ),
      inThisWay(ways.fresh, (n, take) => send('markMoving', each(n, made), bufferOf, take)),
      inThisWay(ways.recycled, (n, take) => {
        const buffers = each(n, () => spare.pop() ?? made());
        return send('markMoving', buffers, bufferOf, (/** @type {Uint8Array<ArrayBuffer>} */ back) => {
          spare.push(back);
          take(back);
        });
      }),
      inThisWay(ways.shared, (n, take) =>
        send(
          'markShared',
          each(n, () => shared),
          undefined,
          () => take(shared),
        ),
      ),
    ];
  });
}

export const forms = {
  array: 'an array of numbers',
  typed: 'Float64Array, copied',
  moved: 'Float64Array, moved',
};

/**
 * Numbers to a worker and back, so many at once.
 *
 * @param {number} size
 * @returns {Contestant<number>[]}
 */
export function ofNumbers(size) {
  return senders.flatMap(([library, kind, send]) => {
    /** @type {(name: string, run: (n: number, take: (batch: number[] | Float64Array) => void) => Promise<void>) => Contestant<number>} */
    const inThisForm = (name, run) => ({
      name: nameOf(library, name),
      kind,
      run: (n) => summed(n, (take) => run(n, take)),
    });
    return [
      inThisForm(forms.array, (n, take) => send('double', inBatches(numbers(n), size), undefined, take)),
      inThisForm(forms.typed, (n, take) => send('doubleTyped', typedBatches(n, size), undefined, take)),
      inThisForm(forms.moved, (n, take) => send('doubleMoving', typedBatches(n, size), bufferOf, take)),
    ];
  });
}

/**
 * @template T
 * @param {number} n
 * @param {() => T} make
 */
function* each(n, make) {
  for (let i = 0; i < n; i++) yield make();
}

/** @param {number} n */
function* numbers(n) {
  for (let i = 0; i < n; i++) yield i / 2;
}

/**
 * @param {number} n
 * @param {number} size
 */
function* typedBatches(n, size) {
  for (const batch of inBatches(numbers(n), size)) yield Float64Array.from(batch);
}

/**
 * @param {number} n
 * @param {(take: (bytes: Uint8Array) => void) => Promise<void>} run
 */
async function counted(n, run) {
  let marked = 0;
  await run((bytes) => {
    if (bytes[0] === 1) marked++;
  });
  if (marked !== n) throw new Error(`${String(marked)} of ${String(n)} came back`);
}

/**
 * @param {number} n
 * @param {(take: (batch: number[] | Float64Array) => void) => Promise<void>} run
 */
async function summed(n, run) {
  let total = 0;
  await run((batch) => {
    for (const x of batch) total += x;
  });
  const expected = (n * (n - 1)) / 2;
  if (total !== expected) throw new Error(`${String(n)} numbers came to ${String(total)}, not ${String(expected)}`);
}
