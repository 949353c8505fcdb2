import { text } from '#messages';
import type { OperatorFunction } from 'rxjs';
import { LazyCallContext, type CallContext } from '../call-context.js';
import { bindingOf } from '../executors/task.js';
import { aFunction, checkOptions, checkValue, type Rules } from '../options.js';
import { fetchCalls } from '../sources/fetch-calls.js';
import type { Fetched } from '../sources/fetched-stream.js';
import { pullLoop, type Puller } from '../sources/pull-loop.js';
import { isNothing } from '../sources/repeat-fetch.js';
import { mapCalls } from './map-calls.js';
import { concurrencyRule } from './map-options.js';

/** Brings the page that `input` asks for. */
export type FetchPage<I, P> = (input: I, context: CallContext) => Fetched<P>;

/** The input of the next call, or `undefined` or `null` after the last page. */
export type NextInput<I, P> = (
  page: P,
  input: NoInfer<I>,
  context: { readonly index: number },
) => NoInfer<I> | null | undefined;

/** Makes a function that keeps its own place between calls. */
export type MakeFetch<S, P> = (
  seed: S,
  context: { readonly signal: AbortSignal },
) => (context: CallContext) => Fetched<P>;

export interface ExpandFetchOptions {
  /** Chains at once, a whole number of at least 1 or `Infinity`. Default 1: one chain after another. */
  readonly concurrency?: number;
}

export interface ExpandClosureOptions<P> extends ExpandFetchOptions {
  /** True for the sentinel that ends a chain. Default: `undefined` and `null`. */
  readonly until?: (result: P) => boolean;
}

const rules: Rules = { concurrency: concurrencyRule };

/**
 * Pagination: fetches page after page, where each call's input depends on the last result. Each source value is the first
 * input of a chain.
 *
 * Use it like RxJS's `expand`, for pages, cursors and linked lists; unlike `expand` it fetches only what is wanted. For the
 * usual single chain, {@link fetchPages} is shorter.
 *
 * ```text
 * source                  1|
 * fetch(1) … fetch(2)     ---P---Q|       next(P) is 2, next(Q) is undefined
 * expandFetch             ---P---Q|
 * ```
 *
 * A page is delivered, then `next` is called: a throw in `next` comes after the page. An empty page is a page. Each chain
 * makes one call at a time, on demand: with one chain, `prefetch(k)` behind it is exactly k pages ahead. The pages of
 * a chain come in order; those of chains that run at once come as they arrive. The source is held while as many chains as
 * `concurrency` run. Memory: one page a chain. Unsubscribing aborts the calls' signals. The first error of a chain
 * is the stream's; an error of the source waits for the chains that run.
 *
 * The second form is for closures: `makeFetch` is called once a chain and returns a function with a state of its own,
 * which is called, like that of `repeatFetch`, until it gives a sentinel.
 *
 * @param fetch - `(input, { index, signal })`, or a task, which gets the input alone; index counts the calls of its chain.
 * @throws TypeError, RangeError when called with invalid arguments.
 * @example
 * ```ts
 * of('/users?page=1').pipe(
 *   expandFetch((url, { signal }) => getJson(url, signal), (page) => page.nextUrl),
 *   prefetch(2),
 *   asyncMap(save),
 * )
 * ```
 */
export function expandFetch<I, P>(
  fetch: FetchPage<I, P>,
  next: NextInput<I, P>,
  options?: ExpandFetchOptions,
): OperatorFunction<I, P>;
export function expandFetch<S, P>(
  makeFetch: MakeFetch<S, P>,
  options: ExpandFetchOptions & { readonly until: (result: P) => boolean },
): OperatorFunction<S, P>;
export function expandFetch<S, P>(
  makeFetch: MakeFetch<S, P>,
  options?: ExpandFetchOptions,
): OperatorFunction<S, NonNullable<P>>;
export function expandFetch<I, P>(
  first: FetchPage<I, P> | MakeFetch<I, P>,
  second?: NextInput<I, P> | ExpandClosureOptions<P>,
  third?: ExpandFetchOptions,
): OperatorFunction<I, P> {
  checkValue('expandFetch', typeof second === 'function' ? 'fetch' : 'makeFetch', first, aFunction);
  if (typeof second === 'function') return expandChains('expandFetch', first as FetchPage<I, P>, second, third);
  if (third !== undefined) checkValue('expandFetch', 'next', second, aFunction);
  return expandClosures(first as MakeFetch<I, P>, second);
}

/** The second form. */
function expandClosures<S, P>(make: MakeFetch<S, P>, options: ExpandClosureOptions<P> = {}): OperatorFunction<S, P> {
  const { until = isNothing, concurrency } = checkOptions('expandFetch', options, { ...rules, until: aFunction });
  return chains(concurrency, (seed: S) => ({
    until,
    makeFetch: (context) => {
      const fetch: unknown = make(seed, context);
      if (typeof fetch !== 'function') throw new TypeError(text('noFetch', fetch));
      return fetch as (context: CallContext) => Fetched<P>;
    },
  }));
}

/** The first form, under the name it was called by: makes each call's input from the page before. */
export function expandChains<I, P>(
  where: string,
  fetch: FetchPage<I, P>,
  next: NextInput<I, P>,
  options: ExpandFetchOptions = {},
): OperatorFunction<I, P> {
  const call = bindingOf(fetch) === undefined ? fetch : (input: I) => (fetch as (input: I) => Fetched<P>)(input);
  const { concurrency } = checkOptions(where, options, rules);
  return chains(concurrency, (first) => {
    let input = first;
    let pages = 0;
    /** The page that was delivered last, which the next input is made from. */
    let last: { readonly page: P } | undefined;
    return {
      isOver: () => {
        if (last === undefined) return false;
        const following = next(last.page, input, { index: pages++ });
        if (isNothing(following)) return true;
        input = following;
        return false;
      },
      makeFetch: () => (context) => call(input, context),
      until: (page) => {
        last = { page };
        return false;
      },
    };
  });
}

/** One chain of calls. */
interface Chain<P> {
  /** True when there is no call any more. Asked before each. */
  readonly isOver?: () => boolean;
  /** Makes what is called again and again. */
  readonly makeFetch: (context: CallContext) => (context: CallContext) => Fetched<P>;
  /** True for a result that ends the chain and is not emitted. */
  readonly until: (result: P) => boolean;
}

function chains<I, P>(concurrency = 1, open: (first: I) => Chain<P>): OperatorFunction<I, P> {
  return mapCalls({
    ordered: false,
    limits: { concurrency, maxPending: concurrency },
    waitsWhileHeld: true,
    start: (first, _index, listener) => {
      listener.stream(pullLoop(() => chainPuller(open(first))));
      return undefined;
    },
  });
}

function chainPuller<P>({ isOver, makeFetch, until }: Chain<P>): Puller<P> {
  const context = new LazyCallContext(0);
  const calls = fetchCalls<P>();
  let fetch: ((context: CallContext) => Fetched<P>) | undefined;
  return {
    pull(answer) {
      if (isOver?.() === true) answer.end();
      else calls.call((fetch ??= makeFetch(context)), answer, until);
    },
    close() {
      context.abort();
      calls.giveUp();
    },
    failed() {
      context.abort();
    },
  };
}
