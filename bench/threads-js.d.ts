// What the benchmarks use of threads.js, which has no types for ES modules.

declare module 'threads' {
  export const Worker: new (path: string) => object;

  export function spawn<Exposed>(worker: object): Promise<Exposed>;

  export function Pool<Exposed>(
    spawnThread: () => Promise<Exposed>,
    options: { readonly size: number; readonly concurrency: number },
  ): {
    queue<Result>(task: (thread: Exposed) => Promise<Result>): PromiseLike<Result>;
    terminate(force: boolean): Promise<void>;
  };
}

declare module 'threads/worker' {
  export function expose(tasks: Readonly<Record<string, (...args: never) => unknown>>): void;
}
