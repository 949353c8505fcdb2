// Compiled, never run: `npm run typecheck` holds these lines.
import { of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { expandFetch, fetchPages, inline, repeatFetch } from '../../src/index.js';

interface Page {
  readonly rows: readonly number[];
  readonly after: string | undefined;
}

declare const page: Page;
const { tasks } = inline({ get: (after: string): Page | null => (after === '' ? null : page) });

describe('repeatFetch', () => {
  it('emits what a value, a promise or an Observable brings, without the sentinels', () => {
    expectTypeOf(repeatFetch((): Page | undefined => page)).toEqualTypeOf<Observable<Page>>();
    expectTypeOf(repeatFetch(() => Promise.resolve<Page | null>(page))).toEqualTypeOf<Observable<Page>>();
    expectTypeOf(repeatFetch(() => of(page, undefined))).toEqualTypeOf<Observable<Page>>();
    expectTypeOf(repeatFetch(() => tasks.get(''))).toEqualTypeOf<Observable<Page>>();
  });

  it('emits all there is when until says what ends it', () => {
    expectTypeOf(repeatFetch(() => Promise.resolve<Page | null>(page), { until: (result) => result?.after === '' })).toEqualTypeOf<
      Observable<Page | null>
    >();
  });
});

describe('expandFetch', () => {
  it('infers pages and inputs from fetch', () => {
    const fetched = of('').pipe(expandFetch((_after: string) => of(page), (last) => last.after));
    expectTypeOf(fetched).toEqualTypeOf<Observable<Page>>();
    const promised = of('').pipe(expandFetch((_after: string) => Promise.resolve(page), (last) => last.after));
    expectTypeOf(promised).toEqualTypeOf<Observable<Page>>();
  });

  it('infers what a closure brings, without the sentinels', () => {
    const fetched = of(1).pipe(expandFetch((seed) => () => of(seed, undefined)));
    expectTypeOf(fetched).toEqualTypeOf<Observable<number>>();
    const all = of(1).pipe(expandFetch((seed: number) => () => Promise.resolve(seed), { until: (n) => n > 1 }));
    expectTypeOf(all).toEqualTypeOf<Observable<number>>();
  });

  it('refuses a next that gives another kind of input', () => {
    // @ts-expect-error the input is a string
    of('').pipe(expandFetch((_after: string) => of(page), () => 5));
  });
});

describe('fetchPages', () => {
  it('infers pages from fetch', () => {
    const pages = fetchPages({ start: '', fetch: (_after) => of(page), next: (last) => last.after });
    expectTypeOf(pages).toEqualTypeOf<Observable<Page>>();
    const promised = fetchPages({ start: '', fetch: () => Promise.resolve(page), next: ({ after }) => after });
    expectTypeOf(promised).toEqualTypeOf<Observable<Page>>();
  });
});
