import type { Observable } from 'rxjs';
import { LazyCallContext } from '../call-context.js';
import { shown } from '#messages';
import { reportError } from '../report-error.js';
import { reporting } from '../reporting.js';
import { arrayPuller } from './array-puller.js';
import { iteratorPuller, type AnyIterator } from './iterator-puller.js';
import { pullLoop, type Puller } from './pull-loop.js';
import { isThenable } from './thenable.js';

/** What a web stream is read with, as far as it is used here. One type for every step: a union would infer `T | undefined`. */
interface PullableReader<T> {
  read(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: T | undefined }>;
  cancel(reason?: unknown): PromiseLike<unknown>;
  releaseLock(): void;
}

/** A web stream, as far as it is used here. */
export interface PullableStream<T> {
  getReader(): PullableReader<T>;
  /** Never used. Overloads are compared from the last to the first, and the last one of a web stream takes options. */
  getReader(options?: never): unknown;
}

/** What can be pulled from, one value at a time. */
export type Pullable<T> =
  | Iterable<T>
  | AsyncIterable<T>
  | Iterator<T, unknown, undefined>
  | AsyncIterator<T, unknown, undefined>
  | PullableStream<T>;

/** Makes something to pull from, for each subscription anew. */
export type PullFactory<T> = (context: {
  /** Aborted when the subscriber goes away, or when it fails. */
  readonly signal: AbortSignal;
}) => Pullable<T> | PromiseLike<Pullable<T>>;

/**
 * Turns anything that can be pulled from into a source that waits for its consumer: iterables, async iterables, web
 * streams, iterators, and functions that make one of these, such as a generator function.
 *
 * Use it instead of `from` wherever the consumer is slow; use {@link repeatFetch} for a function that brings one
 * result a call, and `fetchPages` for pages.
 *
 * ```text
 * next() calls   ^--^--------^--
 *                 a  b        c|
 * held               -------        (the consumer has no room)
 * result         -a--b--------c|
 * ```
 *
 * Order is the iterator's. At most one `next()` is under way, and only while nothing holds; one value may wait.
 * Unsubscribing calls `return()` at once, even while a `next()` is pending, or, inside a running generator, as soon as it
 * yields; what that `next()` brings is dropped, and what `return()` throws goes to RxJS's `config.onUnhandledError`. A
 * web stream is locked while subscribed, and cancelled on unsubscribe. What the iterator throws is the stream's error.
 *
 * @param source - an iterator and a stream, of the web or of Node, can be used once: their second subscription is an error. Give
 *   a function that makes it, `() => createReadStream(path)`, to start afresh. Everything else does with each subscription.
 * @throws TypeError when `source` can not be pulled from.
 * @example
 * ```ts
 * fromPull(function* () {
 *   for (let n = 1; ; n++) yield n;
 * }).pipe(asyncMap(slow), take(3))
 * ```
 */
export function fromPull<T>(source: Pullable<T> | PullFactory<T>): Observable<T> {
  if (typeof source === 'function') return pullLoop(() => factoryPuller(source));
  const open = opener<T>(source);
  if (open === undefined) {
    throw new TypeError(
      `fromPull: source must be an iterable, an async iterable, an iterator, a ReadableStream, or a function that makes or promises one, but it is ${shown(source)}`,
    );
  }
  if (!isSingleUse(source)) return pullLoop(open);
  let used = false;
  return pullLoop(() => {
    if (used) {
      throw new TypeError(
        `fromPull: ${shown(source)} can be read only once, and this is its second subscription; give fromPull a function that makes a new one.`,
      );
    }
    used = true;
    return open();
  });
}

function has(source: unknown, member: PropertyKey): boolean {
  return typeof (source as Record<PropertyKey, unknown>)[member] === 'function';
}

function opener<T>(source: unknown): (() => Puller<T>) | undefined {
  if (source === null || (typeof source !== 'object' && typeof source !== 'string')) return undefined;
  if (has(source, 'getReader')) return () => streamPuller(source as PullableStream<T>);
  if (has(source, Symbol.asyncIterator)) {
    return () => iteratorPuller((source as AsyncIterable<T>)[Symbol.asyncIterator]());
  }
  if (Array.isArray(source) && source[Symbol.iterator] === Array.prototype.values)
    return () => arrayPuller(source as T[]);
  if (has(source, Symbol.iterator)) return () => iteratorPuller((source as Iterable<T>)[Symbol.iterator]());
  if (has(source, 'next')) return () => iteratorPuller(source as AnyIterator<T>);
  return undefined;
}

/** An iterator, whose iterable is itself, and a stream, of the web or of Node, are used up by reading them. */
function isSingleUse(source: unknown): boolean {
  return has(source, 'next') || has(source, 'getReader') || (has(source, 'read') && has(source, 'pipe'));
}

function streamPuller<T>(stream: PullableStream<T>): Puller<T> {
  const reader = stream.getReader();
  return {
    pull(answer) {
      reader.read().then(
        (step) => {
          if (step.done) {
            reader.releaseLock();
            answer.end();
          } else answer.value(step.value as T);
        },
        (error: unknown) => {
          reader.releaseLock();
          answer.error(error);
        },
      );
    },
    close() {
      reporting(() => {
        reader.cancel().then(undefined, reportError);
      });
      reader.releaseLock();
    },
  };
}

/** Pulls from what a function makes, which may be promised. */
function factoryPuller<T>(make: PullFactory<T>): Puller<T> {
  const context = new LazyCallContext(0);
  /** What was made; until then `undefined`. */
  let made: Puller<T> | undefined;
  let isClosed = false;
  return {
    pull(answer) {
      if (made !== undefined) {
        made.pull(answer);
        return;
      }
      const begin = (source: Pullable<T>): void => {
        const open = opener<T>(source);
        if (open === undefined) {
          throw new TypeError(
            `fromPull: the function must give an iterable, an async iterable, an iterator, a ReadableStream, or a promise of one, but it gave ${shown(source)}`,
          );
        }
        made = open();
        if (isClosed) made.close();
        else made.pull(answer);
      };
      const promised = make(context);
      if (!isThenable(promised)) begin(promised);
      else {
        promised.then((source) => {
          try {
            begin(source);
          } catch (error) {
            answer.error(error);
          }
        }, answer.error);
      }
    },
    close() {
      isClosed = true;
      context.abort();
      made?.close();
    },
    failed() {
      context.abort();
    },
  };
}
