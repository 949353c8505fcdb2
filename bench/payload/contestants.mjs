import { openBackgroundMap, openPiscina } from './pools.mjs';

/** @import { Entrant } from '../harness/apart.mjs' */
/** @import { Kind } from '../harness/interleave.mjs' */
/** @import { Send } from './pools.mjs' */

/**
 * @typedef {object} Given
 * @property {'bytes' | 'numbers'} of
 * @property {number} size how many of them travel at once
 * @property {number} n how many runs of so many bytes, or how many numbers in all
 */

/**
 * @typedef {object} Input
 * @property {number} size
 * @property {number} n
 * @property {Uint8Array<ArrayBuffer>} one
 * @property {Uint8Array<SharedArrayBuffer>} shared
 * @property {Uint8Array<ArrayBuffer>[]} spare what has come back, to be used again
 */

/** @typedef {(send: Send, input: Input) => Promise<void>} Way */

export const ways = {
  cloned: 'copied there and back',
  fresh: 'moved, a new buffer each',
  recycled: 'moved, used again',
  shared: 'SharedArrayBuffer',
};

export const forms = {
  array: 'an array of numbers',
  typed: 'Float64Array, copied',
  moved: 'Float64Array, moved',
};

/** @type {[string, Kind, () => Promise<Send>][]} */
const libraries = [
  ['backgroundMap', 'ours', openBackgroundMap],
  ['piscina', 'peer', openPiscina],
];

/**
 * @param {string} library
 * @param {string} way
 */
export const nameOf = (library, way) => `${library}, ${way}`;

/** @type {(view: Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>) => ArrayBuffer} */
const bufferOf = ({ buffer }) => buffer;

/** @type {Record<string, Way>} */
const byBytes = {
  [ways.cloned]: (send, { n, one }) => {
    const values = each(n, () => one);
    return counted(n, (take) => send('mark', values, undefined, take));
  },
  [ways.fresh]: (send, { n, size }) => {
    const values = each(n, () => new Uint8Array(size));
    return counted(n, (take) => send('markMoving', values, bufferOf, take));
  },
  [ways.recycled]: (send, { n, size, spare }) => {
    const values = each(n, () => spare.pop() ?? new Uint8Array(size));
    return counted(n, (take) =>
      send('markMoving', values, bufferOf, (/** @type {Uint8Array<ArrayBuffer>} */ back) => {
        take(back);
        back[0] = 0;
        spare.push(back);
      }),
    );
  },
  [ways.shared]: (send, { n, shared }) => {
    const values = each(n, () => shared);
    return counted(n, (take) => send('markShared', values, undefined, () => take(shared)));
  },
};

/** @type {Record<string, Way>} */
const byNumbers = {
  [forms.array]: (send, { n, size }) => summed(n, (take) => send('double', arrays(n, size), undefined, take)),
  [forms.typed]: (send, { n, size }) => summed(n, (take) => send('doubleTyped', typedArrays(n, size), undefined, take)),
  [forms.moved]: (send, { n, size }) => summed(n, (take) => send('doubleMoving', typedArrays(n, size), bufferOf, take)),
};

/** @type {Entrant<Input, Given>[]} */
export const contestants = libraries.flatMap(([library, kind, open]) =>
  Object.entries({ ...byBytes, ...byNumbers }).map(([way, run]) => ({
    name: nameOf(library, way),
    kind,
    takesPart: ({ of }) => way in (of === 'bytes' ? byBytes : byNumbers),
    open: async () => {
      const send = await open();
      return (input) => run(send, input);
    },
  })),
);

/**
 * @param {Given} given
 * @returns {Input}
 */
export function inputFor({ size, n }) {
  return { size, n, one: new Uint8Array(size), shared: new Uint8Array(new SharedArrayBuffer(size)), spare: [] };
}

/**
 * @template T
 * @param {number} n
 * @param {() => T} make
 */
function* each(n, make) {
  for (let i = 0; i < n; i++) yield make();
}

/**
 * Numbers, so many at once, in arrays. A plain loop makes them, as what is measured is their way, not how they come about.
 *
 * @param {number} n
 * @param {number} size
 */
function* arrays(n, size) {
  for (let first = 0; first < n; first += size) {
    const end = Math.min(n, first + size);
    /** @type {number[]} */
    const batch = [];
    for (let i = first; i < end; i++) batch.push(i / 2);
    yield batch;
  }
}

/**
 * @param {number} n
 * @param {number} size
 */
function* typedArrays(n, size) {
  for (let first = 0; first < n; first += size) {
    const batch = new Float64Array(Math.min(size, n - first));
    for (let i = 0; i < batch.length; i++) batch[i] = (first + i) / 2;
    yield batch;
  }
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
