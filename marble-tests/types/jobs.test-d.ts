// Compiled, never run: `npm run typecheck` holds these lines.
import { EMPTY, NEVER, of, throwError, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { backgroundMap, inline, type ModuleExecutor, type Settled, type Task } from '../../src/index.js';
import { background, JobRunner, runJob, start, type BackgroundTask, type Job, type JobState } from '../../src/jobs/index.js';
import type { interrupted } from '../../src/node/interrupted.js';

interface Tasks {
  resize(image: { readonly width: number }, width: number, quality?: number): Promise<number>;
  double(n: number): number;
  later(n: number): Observable<string>;
  ping(): 'pong';
  forever(): Observable<never>;
}
declare const pool: ModuleExecutor<Tasks>;
const image = { width: 1 };

describe('background', () => {
  it('keeps arguments, and gives what the function brings', () => {
    const double = background((n: number) => 2 * n);
    expectTypeOf(double).toEqualTypeOf<BackgroundTask<[n: number], number>>();
    expectTypeOf(double).toExtend<Task<[n: number], number>>();
    expectTypeOf(double(1)).toExtend<Observable<number>>();
    expectTypeOf(double.start(1)).toEqualTypeOf<Job<number>>();
    expectTypeOf(background((n: number) => Promise.resolve(String(n))).start(1)).toEqualTypeOf<Job<string>>();
    expectTypeOf(background((n: number) => of(n)).start(1)).toEqualTypeOf<Job<number>>();
    expectTypeOf(of(1).pipe(backgroundMap(double))).toEqualTypeOf<Observable<number>>();
    // @ts-expect-error a string is no number
    double.start('1');
    // @ts-expect-error an argument is missing
    double.start();
    // @ts-expect-error a function that calls a task closes over its pool
    background((n: number) => pool.tasks.double(n));
  });

  it('takes the type of a module’s function', () => {
    const url = new URL('file:///tasks.js');
    const resize = background<Tasks['resize']>(url, 'resize');
    expectTypeOf(resize.start(image, 320)).toEqualTypeOf<Job<number>>();
    // @ts-expect-error the width is missing
    resize.start(image);
    expectTypeOf(background<Tasks['later']>('file:///later.js').start(1)).toEqualTypeOf<Job<string>>();
  });

  it('takes an executor', () => {
    expectTypeOf(background((n: number) => n, { executor: inline() }).start(1)).toEqualTypeOf<Job<number>>();
    // @ts-expect-error that is none
    background((n: number) => n, { executor: {} });
  });
});

describe('start', () => {
  it('gives a job of what the task brings', () => {
    expectTypeOf(start(pool.tasks.resize, image, 320)).toEqualTypeOf<Job<number>>();
    expectTypeOf(start(pool.tasks.resize, image, 320, 90)).toEqualTypeOf<Job<number>>();
    expectTypeOf(start(pool.tasks.ping)).toEqualTypeOf<Job<'pong'>>();
    expectTypeOf(start(pool.tasks.later, 1)).toEqualTypeOf<Job<string>>();
    expectTypeOf(start((n: number) => [n], 1)).toEqualTypeOf<Job<number[]>>();
    expectTypeOf(start(() => Promise.resolve(1))).toEqualTypeOf<Job<number>>();
    // @ts-expect-error a string is no width
    start(pool.tasks.resize, image, '320');
  });

  it('takes a function that brings nothing, or never returns', () => {
    expectTypeOf(start(pool.tasks.forever)).toEqualTypeOf<Job<never>>();
    expectTypeOf(start(() => NEVER)).toEqualTypeOf<Job<never>>();
    expectTypeOf(background((n: number) => (n > 0 ? EMPTY : throwError(() => n)))).toEqualTypeOf<BackgroundTask<[n: number], never>>();
    expectTypeOf(of(1).pipe(backgroundMap((_: number) => NEVER))).toEqualTypeOf<Observable<never>>();
    expectTypeOf(runJob({ task: (_: number) => NEVER, items: [1] })).toEqualTypeOf<Promise<never[]>>();
    expectTypeOf(start((): never => process.exit())).toEqualTypeOf<Job<never>>();
    // @ts-expect-error a function that calls a task closes over its pool
    start(() => pool.tasks.forever());
  });

  it('is a promise in all but name', async () => {
    const job = start(pool.tasks.double, 1);
    expectTypeOf(await job).toEqualTypeOf<number>();
    expectTypeOf(job).toExtend<PromiseLike<number>>();
    expectTypeOf(job.result$).toEqualTypeOf<Observable<number>>();
    expectTypeOf(job.state).toEqualTypeOf<JobState>();
    expectTypeOf(job.catch(() => 'e')).toEqualTypeOf<Promise<number | string>>();
    expectTypeOf(await Promise.all([job, start(pool.tasks.ping)])).toEqualTypeOf<[number, 'pong']>();
    expectTypeOf(job).toExtend<Job<unknown>>();
  });
});

describe('JobRunner', () => {
  const runner = new JobRunner();

  it('starts with an array of arguments', () => {
    expectTypeOf(runner.start(pool.tasks.resize, [image, 320])).toEqualTypeOf<Job<number>>();
    expectTypeOf(runner.start(pool.tasks.ping)).toEqualTypeOf<Job<'pong'>>();
    expectTypeOf(runner.start(() => 1)).toEqualTypeOf<Job<number>>();
    expectTypeOf(runner.start(() => NEVER)).toEqualTypeOf<Job<never>>();
    expectTypeOf(runner.start((a: number, b: string) => a + b.length, [1, 'b'])).toEqualTypeOf<Job<number>>();
    // @ts-expect-error a string is no number
    runner.start(pool.tasks.double, ['1']);
    // @ts-expect-error the argument is missing
    runner.start(pool.tasks.double);
    // @ts-expect-error arguments come as an array
    runner.start(pool.tasks.double, 1);
  });

  it('knows its jobs', () => {
    expectTypeOf(runner.jobs).toEqualTypeOf<ReadonlyMap<number, Job<unknown>>>();
    expectTypeOf(runner.latestId).toEqualTypeOf<number | undefined>();
    expectTypeOf(runner.stopped$).toEqualTypeOf<Observable<true>>();
    expectTypeOf(runner.shutdown({ wait: false })).toEqualTypeOf<Promise<void>>();
  });
});

describe('runJob', () => {
  it('gives an array of what the task brings', () => {
    expectTypeOf(runJob({ task: pool.tasks.double, items: [1, 2] })).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf(runJob({ task: (n: number) => String(n), items: new Set([1]) })).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(runJob({ task: pool.tasks.resize, items: [image], args: [320] })).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf(runJob({ task: pool.tasks.resize, items: [image], args: ({ width }) => [width, 90] })).toEqualTypeOf<Promise<number[]>>();
    // @ts-expect-error strings are no numbers
    void runJob({ task: pool.tasks.double, items: ['1'] });
    // @ts-expect-error the width is missing
    void runJob({ task: pool.tasks.resize, items: [image], args: [] });
  });

  it('knows what stands for a failure', () => {
    expectTypeOf(runJob({ task: pool.tasks.double, items: [1], onError: 'skip' })).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf(runJob({ task: pool.tasks.double, items: [1], onError: 'settle' })).toEqualTypeOf<Promise<Settled<number, number>[]>>();
    expectTypeOf(runJob({ task: pool.tasks.double, items: [1], onError: () => of(null) })).toEqualTypeOf<Promise<(number | null)[]>>();
  });
});

describe('interrupted', () => {
  it('emits the name of a signal', () => {
    expectTypeOf<ReturnType<typeof interrupted>>().toEqualTypeOf<Observable<NodeJS.Signals>>();
  });
});
