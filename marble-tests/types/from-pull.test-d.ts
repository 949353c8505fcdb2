// Compiled, never run: `npm run typecheck` holds these lines.
import { of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { fromPull, type PullableStream } from '../../src/index.js';

declare const texts: ReadableStream<string>;
declare const bytes: ReadableStream<Uint8Array>;

describe('fromPull', () => {
  it('infers what a web stream brings', () => {
    expectTypeOf(fromPull(texts)).toEqualTypeOf<Observable<string>>();
    expectTypeOf(fromPull(bytes)).toEqualTypeOf<Observable<Uint8Array>>();
    expectTypeOf(fromPull(() => texts)).toEqualTypeOf<Observable<string>>();
    expectTypeOf(fromPull(() => Promise.resolve(bytes))).toEqualTypeOf<Observable<Uint8Array>>();
  });

  it('infers it for a stream that is no more than is asked for', () => {
    const reader = {
      read: () => Promise.resolve<{ done: false; value: number } | { done: true; value?: undefined }>({ done: true }),
      cancel: () => Promise.resolve(),
      releaseLock: () => undefined,
    };
    expectTypeOf(fromPull({ getReader: () => reader })).toEqualTypeOf<Observable<number>>();
    expectTypeOf(fromPull({ getReader: () => reader } satisfies PullableStream<number>)).toEqualTypeOf<Observable<number>>();
  });

  it('infers it for iterables, iterators and what makes them', () => {
    expectTypeOf(fromPull([1, 2])).toEqualTypeOf<Observable<number>>();
    expectTypeOf(fromPull('text')).toEqualTypeOf<Observable<string>>();
    expectTypeOf(fromPull([1, 2].values())).toEqualTypeOf<Observable<number>>();
    expectTypeOf(fromPull(new Map([[1, 'a']]))).toEqualTypeOf<Observable<[number, string]>>();
    expectTypeOf(
      fromPull(function* (): Generator<number> {
        yield 1;
      }),
    ).toEqualTypeOf<Observable<number>>();
  });

  it('refuses what cannot be pulled from', () => {
    // @ts-expect-error an Observable pushes
    fromPull(of(1));
    // @ts-expect-error a promise is no source: give a function that gives it
    fromPull(Promise.resolve([1]));
  });
});
