// A slow fetch and a slow consumer, the next item fetched while one is processed.
import { Effect, Stream } from 'effect';
import { pMapIterable } from 'p-map';
import { concatMap, defer, EMPTY, expand, filter } from 'rxjs';
import { asyncMap, prefetch, repeatFetch, toAsyncIterable } from 'rxjs-background';
import { buffer } from 'streaming-iterables';

/** @import { Contestant } from '../harness/interleave.mjs' */
/** @import { Journal } from './journal.mjs' */

export const byHand = 'by hand: a loop that begins the next fetch first';
export const ours = 'repeatFetch, prefetch(1), asyncMap';

/** @type {Contestant<Journal>[]} */
export const contestants = [
  {
    name: ours,
    kind: 'ours',
    run: ({ fetch, process }) =>
      repeatFetch(fetch)
        .pipe(prefetch(1), asyncMap(process))
        .forEach(() => undefined),
  },
  {
    name: 'repeatFetch, prefetch(1), for await',
    kind: 'ours',
    run: async ({ fetch, process }) => {
      for await (const item of toAsyncIterable(repeatFetch(fetch).pipe(prefetch(1)))) await process(item);
    },
  },
  {
    name: 'streaming-iterables buffer(1), for await',
    run: async ({ fetch, process }) => {
      for await (const item of buffer(1, all(fetch))) await process(item);
    },
  },
  {
    name: 'p-map pMapIterable, backpressure 2',
    run: ({ fetch, process }) => exhausted(pMapIterable(all(fetch), process, { concurrency: 1, backpressure: 2 })),
  },
  {
    name: 'effect buffer(1), runForEach',
    run: async ({ fetch, process }) => {
      const fetched = Stream.fromAsyncIterable(all(fetch), (error) => error).pipe(Stream.buffer({ capacity: 1 }));
      await Effect.runPromise(Stream.runForEach(fetched, (item) => Effect.promise(() => process(item))));
    },
  },
  {
    name: 'rxjs expand, concatMap',
    run: ({ fetch, process }) =>
      defer(fetch)
        .pipe(
          expand((item) => (item === undefined ? EMPTY : fetch())),
          filter((item) => item !== undefined),
          concatMap(process),
        )
        .forEach(() => undefined),
  },
  {
    name: byHand,
    kind: 'reference',
    run: async ({ fetch, process }) => {
      for (let next = fetch(), item = await next; item !== undefined; item = await next) {
        next = fetch();
        await process(item);
      }
    },
  },
  {
    name: 'a plain loop',
    kind: 'reference',
    run: async ({ fetch, process }) => {
      for (let item = await fetch(); item !== undefined; item = await fetch()) await process(item);
    },
  },
];

/** @param {() => Promise<number | undefined>} fetch */
async function* all(fetch) {
  for (let item = await fetch(); item !== undefined; item = await fetch()) yield item;
}

/** @param {AsyncIterable<unknown>} stream */
async function exhausted(stream) {
  const iterator = stream[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}
