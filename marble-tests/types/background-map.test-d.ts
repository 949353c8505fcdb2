// Compiled, never run: `npm run typecheck` holds these lines.
import { of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  asyncMap,
  backgroundMap,
  bindTasks,
  fetchPages,
  inline,
  isTimeout,
  prefetch,
  TIMEOUT,
  type ModuleExecutor,
  type Settled,
  type Task,
  type TaskCall$,
} from '../../src/index.js';

interface Image {
  readonly width: number;
}

const tasks = {
  resize: (image: Image, width: number, quality = 80): Promise<Image> =>
    Promise.resolve(width + quality > 0 ? image : image),
  size: (image: Image): number => image.width,
  count: function* (to: number): Generator<number> {
    yield to;
  },
  later: (n: number): Observable<string> => of(String(n)),
  rows: (n: number): string[] => [String(n)],
  ping: (): 'pong' => 'pong',
  version: '1.0',
  dispose: (): void => undefined,
  then: (): void => undefined,
};
declare const pool: ModuleExecutor<typeof tasks>;
declare const images$: Observable<Image>;
const numbers$ = of(1, 2, 3);

describe('the tasks of an executor', () => {
  it('are the functions of the module, without dispose, then and what is no function', () => {
    expectTypeOf<keyof typeof pool.tasks>().toEqualTypeOf<'resize' | 'size' | 'count' | 'later' | 'rows' | 'ping'>();
    expectTypeOf(inline(tasks).tasks).toEqualTypeOf<typeof pool.tasks>();
    expectTypeOf(bindTasks<typeof tasks>(pool)).toEqualTypeOf<typeof pool.tasks>();
    // @ts-expect-error there is no such task
    pool.tasks.resise;
    // @ts-expect-error dispose is no task
    pool.tasks.dispose;
    // @ts-expect-error version is no function
    pool.tasks.version;
  });

  it('give a cold Observable of what they bring', () => {
    expectTypeOf(pool.tasks.resize({} as Image, 320)).toEqualTypeOf<TaskCall$<Image>>();
    expectTypeOf(pool.tasks.count(3)).toExtend<Observable<number>>();
    expectTypeOf(pool.tasks.later(3)).toExtend<Observable<string>>();
    expectTypeOf(pool.tasks.rows(3)).toExtend<Observable<string[]>>();
    expectTypeOf(pool.tasks.ping()).toExtend<Observable<'pong'>>();
  });

  it('check their arguments', () => {
    // @ts-expect-error a string is no width
    pool.tasks.resize({} as Image, 'wide');
    // @ts-expect-error the width is missing
    pool.tasks.resize({} as Image);
    // @ts-expect-error one argument too many
    pool.tasks.size({} as Image, 1);
  });
});

describe('backgroundMap', () => {
  it('takes a task of the value alone', () => {
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.size))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(images$.pipe(prefetch(2), backgroundMap(pool.tasks.size, { concurrency: 2 }))).toEqualTypeOf<
      Observable<number>
    >();
    expectTypeOf(numbers$.pipe(backgroundMap(pool.tasks.count))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(numbers$.pipe(backgroundMap(pool.tasks.later))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(numbers$.pipe(backgroundMap(pool.tasks.rows))).toEqualTypeOf<Observable<string[]>>();
  });

  it('wants args for a task that takes more', () => {
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.resize, { args: [320] }))).toEqualTypeOf<Observable<Image>>();
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.resize, { args: [320, 90] }))).toEqualTypeOf<
      Observable<Image>
    >();
    const mapped$ = images$.pipe(
      backgroundMap(pool.tasks.resize, {
        args: (image, index) => {
          expectTypeOf(image).toEqualTypeOf<Image>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return [image.width / 2];
        },
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<Image>>();
    // @ts-expect-error the width is missing
    images$.pipe(backgroundMap(pool.tasks.resize));
    // @ts-expect-error the width is missing
    images$.pipe(backgroundMap(pool.tasks.resize, { concurrency: 2 }));
    // @ts-expect-error the width is missing
    images$.pipe(backgroundMap(pool.tasks.resize, { args: [] }));
    // @ts-expect-error a string is no width
    images$.pipe(backgroundMap(pool.tasks.resize, { args: ['wide'] }));
    // @ts-expect-error one argument too many
    images$.pipe(backgroundMap(pool.tasks.resize, { args: [320, 90, 1] }));
    // @ts-expect-error a string is no width
    images$.pipe(backgroundMap(pool.tasks.resize, { args: () => ['wide'] }));
  });

  it('refuses a task that takes other values', () => {
    // @ts-expect-error the values are numbers, the task takes images
    numbers$.pipe(backgroundMap(pool.tasks.size));
  });

  it('refuses a function that closes over an executor', () => {
    // @ts-expect-error its text cannot take the pool along; give the task itself
    images$.pipe(backgroundMap((image: Image) => pool.tasks.size(image)));
    // @ts-expect-error its text cannot take the pool along; give the task itself, and args
    images$.pipe(backgroundMap((image: Image) => pool.tasks.resize(image, 320)));
    // On this thread it is fine.
    expectTypeOf(images$.pipe(asyncMap((image) => pool.tasks.resize(image, 320)))).toEqualTypeOf<Observable<Image>>();
  });

  it('takes a self-contained function', () => {
    expectTypeOf(numbers$.pipe(backgroundMap((n: number) => String(n)))).toEqualTypeOf<Observable<string>>();
    expectTypeOf(numbers$.pipe(backgroundMap((n) => n + 1))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(numbers$.pipe(backgroundMap((n: number) => Promise.resolve(String(n))))).toEqualTypeOf<
      Observable<string>
    >();
    expectTypeOf(numbers$.pipe(backgroundMap((n: number, by: number) => n * by, { args: [2] }))).toEqualTypeOf<
      Observable<number>
    >();
    expectTypeOf(numbers$.pipe(backgroundMap((n: number) => of(String(n))))).toEqualTypeOf<Observable<string>>();
    // @ts-expect-error it takes another argument
    numbers$.pipe(backgroundMap((n: number, by: number) => n * by));
  });

  it('infers select from the result and the value', () => {
    const mapped$ = images$.pipe(
      backgroundMap(pool.tasks.resize, {
        args: [320],
        select: (small, image, index) => {
          expectTypeOf(small).toEqualTypeOf<Image>();
          expectTypeOf(image).toEqualTypeOf<Image>();
          return { small, index };
        },
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<{ small: Image; index: number }>>();
    expectTypeOf(
      images$.pipe(backgroundMap(pool.tasks.size, { select: (size, image) => [size, image] as const })),
    ).toEqualTypeOf<Observable<readonly [number, Image]>>();
  });

  it('keeps TIMEOUT a unique symbol, which isTimeout takes out', () => {
    const mapped$ = images$.pipe(backgroundMap(pool.tasks.size, { timeoutMs: 5, timeoutValue: TIMEOUT }));
    expectTypeOf(mapped$).toEqualTypeOf<Observable<number | typeof TIMEOUT>>();
    mapped$.subscribe((value) => {
      if (!isTimeout(value)) expectTypeOf(value).toEqualTypeOf<number>();
    });
    expectTypeOf(
      images$.pipe(backgroundMap(pool.tasks.resize, { args: [1], timeoutMs: 5, timeoutValue: TIMEOUT })),
    ).toEqualTypeOf<Observable<Image | typeof TIMEOUT>>();
  });

  it("types onError: 'settle' makes records, a function adds what it gives", () => {
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.size, { onError: 'skip' }))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.size, { onError: 'settle' }))).toEqualTypeOf<
      Observable<Settled<number, Image>>
    >();
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.size, { onError: () => ['none'] }))).toEqualTypeOf<
      Observable<number | string>
    >();
    expectTypeOf(images$.pipe(backgroundMap(pool.tasks.resize, { args: [320], onError: 'settle' }))).toEqualTypeOf<
      Observable<Settled<Image, Image>>
    >();
    const mapped$ = images$.pipe(
      backgroundMap(pool.tasks.resize, {
        args: [320],
        onError: (error, image, index) => {
          expectTypeOf(error).toEqualTypeOf<unknown>();
          expectTypeOf(image).toEqualTypeOf<Image>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return of(null);
        },
      }),
    );
    expectTypeOf(mapped$).toEqualTypeOf<Observable<Image | null>>();
  });

  it('is what the task brings, whatever is expected of the stream', () => {
    // @ts-expect-error it emits numbers
    const text$: Observable<string> = images$.pipe(backgroundMap(pool.tasks.size));
    // @ts-expect-error with more arguments, too
    const sized$: Observable<string> = images$.pipe(backgroundMap(pool.tasks.resize, { args: [320] }));
    // @ts-expect-error and in records
    const settled$: Observable<Settled<string, Image>> = images$.pipe(
      backgroundMap(pool.tasks.size, { onError: 'settle' }),
    );
    return [text$, sized$, settled$];
  });

  it('refuses options it does not know, and values they do not take', () => {
    // @ts-expect-error there is no such option
    images$.pipe(backgroundMap(pool.tasks.size, { concurency: 2 }));
    // @ts-expect-error a chunk has a size, or finds it
    images$.pipe(backgroundMap(pool.tasks.size, { chunkSize: 'big' }));
    // @ts-expect-error what is moved is objects
    images$.pipe(backgroundMap(pool.tasks.size, { transfer: (image) => [image.width] }));
  });
});

describe('tasks elsewhere', () => {
  it('are fetch functions', () => {
    expectTypeOf(fetchPages({ start: 1, fetch: pool.tasks.rows, next: (page) => page.length })).toEqualTypeOf<
      Observable<string[]>
    >();
  });

  it('are projects of asyncMap', () => {
    expectTypeOf(images$.pipe(asyncMap(pool.tasks.size))).toEqualTypeOf<Observable<number>>();
  });

  it('can stand for one that takes less, or gives more', () => {
    const narrow: Task<[image: Image, width: number], unknown> = pool.tasks.resize;
    expectTypeOf(narrow).toExtend<Task<[image: Image, width: number], unknown>>();
    // @ts-expect-error a plain function is no task
    const plain: Task<[n: number], number> = (n: number) => of(n);
    expectTypeOf(plain).not.toBeAny();
  });
});
