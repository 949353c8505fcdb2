import { concat, defer, from, map, merge, Observable, of, repeat, retry, Subject, throwError } from 'rxjs';
import type { Fault, LeafSpec, PagesSpec, SourceSpec } from './source-spec.js';
import { spySource } from './spy-source.js';
import { pick, type World } from './world.js';

/** What one subscription of a leaf brings. */
interface Script {
  readonly values: readonly number[];
  readonly failure: { readonly thrown: unknown } | null;
}

/** Each subscription by its own script, since a fault may pass. */
function scripted(
  all: readonly number[],
  fault: Fault | null,
  play: (script: Script) => Observable<number>,
): Observable<number> {
  let subscriptions = 0;
  return defer(() => {
    if (fault === null || ++subscriptions > fault.times) return play({ values: all, failure: null });
    return play({ values: all.slice(0, fault.at), failure: { thrown: fault.thrown } });
  });
}

function atOnceBy({ values, failure }: Script): Observable<number> {
  return failure === null
    ? from(values)
    : concat(
        from(values),
        throwError(() => failure.thrown),
      );
}

function leafValues(spec: LeafSpec): number[] {
  return Array.from({ length: spec.count }, (_, i) => spec.first + i);
}

/** The pages of each chain: consecutive numbers. */
function pageValues(spec: PagesSpec): number[][] {
  return spec.chains.map((count, chain) => Array.from({ length: count }, (_, i) => spec.first + chain * 100 + i));
}

/** The source as it would be if nothing took time: the model. */
export function sourceAtOnce(spec: SourceSpec): Observable<number> {
  switch (spec.kind) {
    case 'leaf':
      return scripted(leafValues(spec), spec.fault, atOnceBy);
    case 'pages': {
      const all = pageValues(spec).flat();
      return scripted(all, spec.fault, (script) => (script.values.length < all.length ? atOnceBy(script) : from(all)));
    }
    case 'merge':
    case 'concat':
      return concat(...spec.sources.map(sourceAtOnce));
    case 'repeat':
      return sourceAtOnce(spec.source).pipe(repeat(spec.times));
    case 'retry':
      return sourceAtOnce(spec.source).pipe(retry(spec.times));
  }
}

/** The source itself. */
export function buildSource(world: World, spec: SourceSpec): Observable<number> {
  switch (spec.kind) {
    case 'leaf':
      return scripted(leafValues(spec), spec.fault, (script) => buildLeaf(world, spec, script));
    case 'pages':
      return buildPages(world, spec);
    case 'merge':
      return merge(...spec.sources.map((source) => buildSource(world, source)));
    case 'concat':
      return concat(...spec.sources.map((source) => buildSource(world, source)));
    case 'repeat':
      return buildSource(world, spec.source).pipe(repeat(spec.times));
    case 'retry':
      return buildSource(world, spec.source).pipe(retry(spec.times));
  }
}

function buildLeaf(world: World, spec: LeafSpec, script: Script): Observable<number> {
  const { fromPull, repeatFetch } = world.library;
  const { values, failure } = script;
  const end = (): void => {
    if (failure !== null) throw failure.thrown;
  };
  switch (spec.how) {
    case 'array':
      return failure === null ? fromPull(values) : fromPull(() => generate(world, script));
    case 'generator':
      return fromPull(() => generate(world, script));
    case 'asyncGenerator':
      return fromPull(() => pullSlowly(world, spec.delays, generate(world, script)));
    case 'webStream':
      return fromPull<number>(() => webStream(world, spec.delays, generate(world, script)));
    case 'promisedFactory':
      return fromPull(() => world.clock.promise(pick(spec.delays, 0), () => generate(world, script)));
    case 'fetch': {
      let calls = 0;
      return repeatFetch(({ index }) => {
        world.begins('a fetch');
        if (index !== calls++) world.broken(`call ${String(calls - 1)} of a fetch was told to be ${String(index)}`);
        const bring = (): number | undefined => {
          if (index >= values.length) end();
          return values[index];
        };
        const delay = pick(spec.delays, index);
        if (delay === 0) return bring() as number;
        const late = (): number => bring() as number;
        return delay % 2 === 0
          ? world.clock.promise(delay, late)
          : concat(
              of(-1),
              world.pause(delay),
              defer(() => of(late())),
            );
      });
    }
    case 'spy':
      return spySource(world, values, spec.delays, failure);
    case 'from':
      return atOnceBy(script);
    case 'timer':
      return concat(
        ...values.map((value, i) => concat(world.pause(pick(spec.delays, i)), of(value))),
        defer(() => (end(), [])),
      );
    case 'subject':
      return hot(world, spec.delays, script);
  }
}

/** One `next()` at a time, and none after the end: whoever breaks that is reported. */
function generate(world: World, { values, failure }: Script): IterableIterator<number, undefined, undefined> {
  const closed = world.opened('iterator of a source');
  let index = 0;
  let over = false;
  const iterator: IterableIterator<number, undefined, undefined> = {
    next: () => {
      if (over) world.broken('next() was called after the end');
      world.begins('next()');
      if (index < values.length) return { done: false, value: values[index++] as number };
      over = true;
      closed();
      if (failure !== null) throw failure.thrown;
      return { done: true, value: undefined };
    },
    return: () => {
      over = true;
      closed();
      return { done: true, value: undefined };
    },
    [Symbol.iterator]: () => iterator,
  };
  return iterator;
}

/** An iterator whose steps come by promise, or, where the delay is 0, at once. */
function pullSlowly(
  world: World,
  delays: readonly number[],
  steps: Iterator<number, undefined, undefined>,
  atOnce = true,
): AsyncIterator<number, undefined, undefined> {
  let index = 0;
  let returned = false;
  let pending = false;
  return {
    next: () => {
      if (pending) world.broken('next() was called while another was pending');
      const delay = pick(delays, index++);
      if (delay === 0 && atOnce) return steps.next() as never;
      pending = true;
      return world.clock.promise(delay, () => {
        pending = false;
        return returned ? { done: true, value: undefined } : steps.next();
      }) as Promise<IteratorResult<number, undefined>>;
    },
    return: () => {
      returned = true;
      steps.return?.();
      return world.clock.promise(1, () => ({ done: true, value: undefined })) as Promise<
        IteratorReturnResult<undefined>
      >;
    },
  };
}

function webStream(
  world: World,
  delays: readonly number[],
  steps: Iterator<number, undefined, undefined>,
): ReturnType<typeof streamOf> {
  return streamOf(world, pullSlowly(world, delays, steps, false));
}

function streamOf(
  world: World,
  steps: AsyncIterator<number, undefined, undefined>,
): {
  getReader(): { read(): Promise<IteratorResult<number, undefined>>; cancel(): Promise<unknown>; releaseLock(): void };
} {
  return {
    getReader: () => {
      const unlocked = world.opened('lock of a stream');
      return {
        read: steps.next,
        cancel: () => steps.return?.() as Promise<unknown>,
        releaseLock: unlocked,
      };
    },
  };
}

/** Values that are pushed whether anyone has room or not. */
function hot(world: World, delays: readonly number[], { values, failure }: Script): Observable<number> {
  return new Observable((subscriber) => {
    const subject = new Subject<number>();
    subscriber.add(subject.subscribe(subscriber));
    const push = (index: number): void => {
      subscriber.add(
        world.clock.after(pick(delays, index), () => {
          if (index < values.length) {
            subject.next(values[index] as number);
            push(index + 1);
          } else if (failure === null) subject.complete();
          else subject.error(failure.thrown);
        }),
      );
    };
    push(0);
  });
}

function buildPages(world: World, spec: PagesSpec): Observable<number> {
  const { expandFetch, fetchPages, fromPull } = world.library;
  const chains = pageValues(spec);
  let subscriptions = 0;
  return defer(() => {
    const failsAt = spec.fault !== null && ++subscriptions <= spec.fault.times ? spec.fault.at : Infinity;
    let fetched = 0;
    const bring = (page: number): number | PromiseLike<number> | Observable<number> => {
      world.begins('the fetch of a page');
      const fails = fetched++ === failsAt;
      const delay = pick(spec.delays, page);
      const settle = (): number => {
        if (fails) throw spec.fault?.thrown;
        return page;
      };
      if (spec.shape === 'value') return settle();
      return spec.shape === 'promise'
        ? world.clock.promise(delay, settle)
        : concat(
            world.pause(delay),
            defer(() => of(settle())),
          );
    };
    const last = new Set(chains.map((pages) => pages.at(-1)));
    const next = (page: number): number | undefined => (last.has(page) ? undefined : page + 1);
    const seeds = chains.map((pages) => pages[0] as number);
    if (spec.form === 'next' && seeds.length === 1)
      return fetchPages({ start: seeds[0] as number, fetch: bring, next });
    const source = spec.pausableSeeds ? fromPull(seeds) : from(seeds);
    const options = { concurrency: spec.concurrency };
    if (spec.form === 'next') return source.pipe(expandFetch(bring, next, options));
    return source.pipe(
      expandFetch((seed: number) => {
        let page: number | undefined = seed;
        return (): ReturnType<typeof bring> | undefined => {
          if (page === undefined) return undefined;
          const current: number = page;
          page = next(current);
          return bring(current);
        };
      }, options),
      map((page) => page),
    );
  });
}
