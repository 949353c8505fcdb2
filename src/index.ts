export type { CallContext } from './call-context.js';
export {
  DeadlockError,
  ExecutorClosedError,
  QueueOverflowError,
  TaskCancelledError,
  TaskCloneError,
  TaskNotFoundError,
  TaskTimeoutError,
  WorkerCrashError,
  WorkerStartError,
} from './errors.js';
export { configureDefault } from './executors/default-executor.js';
export type { DefaultOptions } from './executors/default-executor.js';
export type { CallListener, CloseOptions, Executor, TaskCall } from './executors/executor.js';
export { inline } from './executors/inline.js';
export type { InlineOptions } from './executors/inline.js';
export type { Arrivals } from './executors/arrivals.js';
export type { Lane, LaneHost, LaneOptions } from './executors/lane.js';
export type { TaskFunction } from './executors/task-function.js';
export { bindTask, bindTasks } from './executors/task.js';
export type {
  Emitted,
  ModuleExecutor,
  PlainObservable,
  Task,
  TaskBinding,
  TaskCall$,
  Tasks,
} from './executors/task.js';
export { asyncMap } from './operators/async-map.js';
export { autoConcurrency } from './operators/auto-concurrency.js';
export type { AutoConcurrency, AutoConcurrencyOptions } from './operators/auto-concurrency.js';
export { backgroundMap } from './operators/background-map.js';
export type { ArgsOption, BackgroundOptions, SelfContained } from './operators/background-map.js';
export type { Settled } from './operators/call-policy.js';
export { collect } from './operators/collect.js';
export type { CollectOptions } from './operators/collect.js';
export { expandFetch } from './operators/expand-fetch.js';
export type {
  ExpandClosureOptions,
  ExpandFetchOptions,
  FetchPage,
  MakeFetch,
  NextInput,
} from './operators/expand-fetch.js';
export { fetchPages } from './operators/fetch-pages.js';
export type { FetchPagesOptions } from './operators/fetch-pages.js';
export { flatten } from './operators/flatten.js';
export type { ErrorOption, MapOptions, SettleOption } from './operators/map-options.js';
export { onDemand } from './operators/on-demand.js';
export { pace } from './operators/pace.js';
export type { PaceOptions } from './operators/pace.js';
export { prefetch } from './operators/prefetch.js';
export type { PrefetchOptions } from './operators/prefetch.js';
export { prefetchBudget } from './operators/prefetch-budget.js';
export type { PrefetchBudget } from './operators/prefetch-budget.js';
export { isTimeout, TIMEOUT } from './operators/timeout.js';
export type { Sentinel } from './operators/timeout.js';
export { timeoutAsSentinel } from './operators/timeout-as-sentinel.js';
export type { TimeoutAsSentinelOptions, TimeoutSpans } from './operators/timeout-as-sentinel.js';
export { fromPull } from './sources/from-pull.js';
export type { Pullable, PullableStream, PullFactory } from './sources/from-pull.js';
export type { Fetched } from './sources/fetched-stream.js';
export { repeatFetch } from './sources/repeat-fetch.js';
export type { RepeatFetchOptions } from './sources/repeat-fetch.js';
export { toAsyncIterable } from './sinks/to-async-iterable.js';
export type { PullingIterable, PullingIterator } from './sinks/to-async-iterable.js';
export type { Uninferred } from './uninferred.js';
