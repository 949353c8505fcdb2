import type { ModuleExecutor } from '../executors/task.js';
import type * as contractTasks from './contract-tasks.js';

/** What an executor can do beyond what all can. */
export interface ExecutorCapabilities {
  /** Arguments and results are copied on their way. */
  readonly copies: boolean;
  /** A task that does not stop by itself is killed. */
  readonly kills: boolean;
  /** A task can take its worker along. */
  readonly dies: boolean;
  /** Runs self-contained functions, too. */
  readonly functions: boolean;
  /** It opens lanes, which send values in chunks. Default `false`. */
  readonly chunks?: boolean;
  /** A result that is an iterator, an async iterable or an Observable streams. Default `false`. */
  readonly streams?: boolean;
}

/** What is asked for when a test opens an executor. */
export interface ContractOpening {
  readonly capacity: number;
  /** The module it is to run, for one that takes objects. */
  readonly tasks: typeof contractTasks;
  /** The same module's URL, for one that loads it. */
  readonly url: string;
}

export type ContractExecutor = ModuleExecutor<typeof contractTasks>;
export type OpenContractExecutor = (opening: ContractOpening) => ContractExecutor | Promise<ContractExecutor>;

/** What the contract needs of a test library; those of vitest, Jest and Jasmine all do. */
export interface TestLibrary {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  readonly expect: (value: unknown) => { toEqual(expected: unknown): void };
}

export interface ContractOptions extends TestLibrary {
  readonly capabilities: ExecutorCapabilities;
}

/** One test of the contract, with an executor that is closed after it. */
export type ContractTest = (
  name: string,
  capacity: number,
  body: (executor: ContractExecutor) => Promise<void>,
) => void;

/** What every part of the contract is given. */
export interface ContractPart extends ContractOptions {
  readonly test: ContractTest;
}
