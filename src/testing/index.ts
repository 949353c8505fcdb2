export { describeExecutorContract } from './executor-contract.js';
export type {
  ContractExecutor,
  ContractOpening,
  ContractOptions,
  ExecutorCapabilities,
  OpenContractExecutor,
  TestLibrary,
} from './contract-types.js';
export { Gate } from './gate.js';
export { recordedCall } from './recorded-call.js';
export type { CallOutcome, RecordedCall } from './recorded-call.js';
