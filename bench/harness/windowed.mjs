/**
 * Calls a function for each item, so many at once, and takes the results in order: how calls of a pool that gives
 * promises are kept in order without a library.
 *
 * @template Item, Result
 * @param {Iterable<Item>} items
 * @param {number} window
 * @param {(item: Item) => Promise<Result>} call
 * @param {(result: Result) => void} take
 */
export async function windowed(items, window, call, take) {
  /** @type {Promise<Result>[]} */
  const pending = [];
  let place = 0;
  for (const item of items) {
    const oldest = pending[place];
    if (oldest !== undefined) take(await oldest);
    pending[place] = call(item);
    place = (place + 1) % window;
  }
  for (const result of [...pending.slice(place), ...pending.slice(0, place)]) take(await result);
}

/**
 * Arrays of so many items, made as they are read.
 *
 * @template Item
 * @param {Iterable<Item>} items
 * @param {number} size
 */
export function* inBatches(items, size) {
  /** @type {Item[]} */
  let batch = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
