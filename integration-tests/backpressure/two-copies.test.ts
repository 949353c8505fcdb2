// Two copies of the package in one process, as two versions in one dependency tree would be: they feel each other's holds.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  concatMap,
  firstValueFrom,
  ignoreElements,
  merge,
  NEVER,
  type Observable,
  Subject,
  share,
  take,
  tap,
  toArray,
} from 'rxjs';
import type * as core from 'rxjs-background';
import type * as pressure from 'rxjs-background/backpressure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Copy = typeof core & typeof pressure;

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let one: Copy;
let other: Copy;

async function copy(name: string): Promise<Copy> {
  const place = join(folder, name);
  await cp(join(root, 'dist'), join(place, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(place, 'package.json'));
  const load = (entry: string): Promise<unknown> => import(pathToFileURL(join(place, 'dist', entry)).href);
  return {
    ...((await load('index.js')) as typeof core),
    ...((await load('backpressure/index.js')) as typeof pressure),
  };
}

beforeAll(async () => {
  await mkdir(join(root, 'build'), { recursive: true });
  folder = await mkdtemp(join(root, 'build', 'two-copies-'));
  [one, other] = await Promise.all([copy('one'), copy('other')]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What is pulled from a source of one copy, by a pipeline that never ends. */
function pulledBy(build: (source: Observable<number>) => Observable<unknown>): number {
  let pulled = 0;
  const source = one.fromPull(function* () {
    while (pulled < 1000) yield pulled++;
  });
  build(source).subscribe().unsubscribe();
  return pulled;
}

describe('two copies of the package', () => {
  it('are two', () => {
    expect(one.asyncMap).not.toBe(other.asyncMap);
    expect(one.TIMEOUT).toBe(other.TIMEOUT);
  });

  it('see the same current valve', async () => {
    const seen = await firstValueFrom(
      one.fromPull([1]).pipe(
        tap(() => undefined),
        concatMap(() => [[one.currentValve(), other.currentValve()]]),
      ),
    );

    expect(seen[0]).toBeDefined();
    expect(seen[0]).toBe(seen[1]);
    expect(other.currentValve()).toBeUndefined();
  });

  it('hold each other’s sources', () => {
    expect(pulledBy((source) => source.pipe(other.asyncMap(() => NEVER)))).toBe(1);
    expect(
      pulledBy((source) =>
        source.pipe(
          other.prefetch(2),
          one.asyncMap(() => NEVER),
        ),
      ),
    ).toBe(3);
    expect(pulledBy((source) => source.pipe(concatMap(() => other.holding(NEVER))))).toBe(1);
    expect(pulledBy((source) => source.pipe(other.pace({ limit: 4, perMs: 60_000 })))).toBe(4);
    expect(
      pulledBy((source) =>
        source.pipe(
          one.collect(5),
          other.collect(2),
          one.asyncMap(() => NEVER),
        ),
      ),
    ).toBe(10);

    const { tasks } = other.inline({ work: (_n: number) => NEVER }, { capacity: 2 });
    expect(pulledBy((source) => source.pipe(one.asyncMap((n) => tasks.work(n), { concurrency: 3 })))).toBe(3);
  });

  it('let each other go on, to the end', async () => {
    const values = Array.from({ length: 500 }, (_, i) => i);
    const through = one.fromPull(values).pipe(
      other.prefetch(2),
      one.asyncMap(async (n) => Promise.resolve(n), { concurrency: 3 }),
      other.collect(7),
      one.prefetch(1),
      other.flatten(),
      concatMap((n) => one.holding(other.fromPull([n]))),
      toArray(),
    );

    expect(await firstValueFrom(through)).toStrictEqual(values);
  });

  it('read each other with for await', async () => {
    let pulled = 0;
    const source = one.fromPull(function* () {
      for (; pulled < 100;) yield pulled++;
    });
    let read = 0;
    for await (const value of other.toAsyncIterable(source)) {
      expect(value).toBe(read++);
      expect(pulled - read).toBeLessThanOrEqual(1);
    }

    expect(read).toBe(100);
  });

  it('let a branch of the other copy go on when theirs leaves', async () => {
    const start$ = new Subject<void>();
    const shared = merge(
      start$.pipe(take(1), ignoreElements()),
      start$.pipe(
        take(1),
        concatMap(() => one.fromPull([1, 2, 3])),
      ),
    ).pipe(share());
    const leaving = shared.pipe(other.asyncMap(() => NEVER)).subscribe();
    const staying = firstValueFrom(
      shared.pipe(
        one.prefetch(1),
        one.asyncMap((n) => n),
        toArray(),
      ),
    );
    start$.next();
    leaving.unsubscribe();

    expect(await staying).toStrictEqual([1, 2, 3]);
  });
});
