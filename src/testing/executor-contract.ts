import { describeCalls } from './contract-calls.js';
import { describeClosing } from './contract-closing.js';
import { describeLanes } from './contract-lanes.js';
import { describeRoom } from './contract-room.js';
import { describeStopping } from './contract-stopping.js';
import { describeStreams } from './contract-streams.js';
import * as contractTasks from './contract-tasks.js';
import type { ContractOptions, ContractPart, ContractTest, OpenContractExecutor } from './contract-types.js';

/**
 * Describes what every executor owes, as tests: run it for each executor of your own. It waits on handshakes over
 * shared memory, never for time, and imports no test library.
 *
 * @param name - of the executor, for the report.
 * @param open - makes an executor of the given capacity over the contract's own task module.
 * @example
 * ```ts
 * describeExecutorContract('inline', ({ tasks, capacity }) => inline(tasks, { capacity }), {
 *   capabilities: { copies: false, kills: false, dies: false, functions: true },
 *   describe,
 *   it,
 *   expect,
 * });
 * ```
 */
export function describeExecutorContract(name: string, open: OpenContractExecutor, options: ContractOptions): void {
  const url = (import.meta as unknown as { readonly url: string }).url.replace(/[^/]+$/, 'contract-tasks.js');
  const test: ContractTest = (title, capacity, body) => {
    options.it(title, async () => {
      const executor = await open({ capacity, tasks: contractTasks, url });
      try {
        await body(executor);
      } finally {
        await executor.close({ force: true });
      }
    });
  };
  options.describe(`${name} keeps the executor contract:`, () => {
    const part: ContractPart = { ...options, test };
    describeCalls(part);
    describeRoom(part);
    describeStopping(part);
    describeStreams(part);
    describeClosing(part);
    describeLanes(part);
  });
}
