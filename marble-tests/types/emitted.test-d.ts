// Compiled, never run: `npm run typecheck` holds these lines.
import { type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { Emitted } from '../../src/executors/task.js';

describe('Emitted', () => {
  it('is a plain value as it is', () => {
    expectTypeOf<Emitted<number>>().toEqualTypeOf<number>();
    expectTypeOf<Emitted<undefined>>().toEqualTypeOf<undefined>();
  });

  it('is what a promise resolves to', () => {
    expectTypeOf<Emitted<Promise<string>>>().toEqualTypeOf<string>();
  });

  it('is each value of what streams', () => {
    expectTypeOf<Emitted<Observable<number>>>().toEqualTypeOf<number>();
    expectTypeOf<Emitted<AsyncGenerator<number, string>>>().toEqualTypeOf<number>();
    expectTypeOf<Emitted<Generator<number, string>>>().toEqualTypeOf<number>();
    expectTypeOf<Emitted<Promise<Observable<number>>>>().toEqualTypeOf<number>();
  });

  it('leaves arrays, strings, maps, sets and typed arrays whole', () => {
    expectTypeOf<Emitted<number[]>>().toEqualTypeOf<number[]>();
    expectTypeOf<Emitted<string>>().toEqualTypeOf<string>();
    expectTypeOf<Emitted<Map<string, number>>>().toEqualTypeOf<Map<string, number>>();
    expectTypeOf<Emitted<Set<string>>>().toEqualTypeOf<Set<string>>();
    expectTypeOf<Emitted<Uint8Array>>().toEqualTypeOf<Uint8Array>();
  });

  it('is an error where a value is taken for its promise', () => {
    // @ts-expect-error the promise is awaited, so it is never what is emitted
    const emitted: Emitted<Promise<string>> = Promise.resolve('');
    expectTypeOf(emitted).not.toBeAny();
  });
});
