import type { OutcomesMessage, RunMessage } from '../../src/worker/protocol.js';
import { SharedCells } from '../../src/worker/shared-cells.js';
import { TaskRunner } from '../../src/worker/task-runner.js';

/** A runner whose clock stands until somebody turns it, and what it tells. */
export class Bench {
  readonly cells = new SharedCells();
  readonly told: { values: unknown[]; serial: number; ran: number; ms: number; failed: number[] }[] = [];
  readonly later: { at: number; work: () => void }[] = [];
  time = 0;
  now = (): number => this.time;
  /** Called while outcomes are copied. */
  copying: () => void = () => undefined;
  /** Called with what is to be moved. */
  moved: (list: readonly unknown[]) => void = () => undefined;
  readonly runner: TaskRunner;

  constructor(module: object) {
    this.runner = new TaskRunner({
      executor: 'bench',
      data: undefined,
      cells: this.cells,
      now: () => this.now(),
      after: (ms, work) => this.later.push({ at: this.time + ms, work }),
      post: (message, transfer) => {
        this.copying();
        if (transfer.length > 0) this.moved(transfer);
        const { values, serial, ran, ms, failures = [] } = structuredClone(message) as OutcomesMessage;
        this.told.push({ values: [...values], serial, ran, ms, failed: failures.map(([position]) => position) });
      },
    });
    this.runner.module = module;
  }

  run(task: string, inputs: readonly unknown[], more: Partial<RunMessage> = {}): void {
    const serial = 1 + this.told.reduce((sum, { values }) => sum + values.length, 0);
    this.runner.run({ type: 'run', serial, task, inputs, ...more });
  }

  get values(): unknown[][] {
    return this.told.map(({ values }) => values);
  }

  async turn(ms: number): Promise<void> {
    this.time += ms;
    for (const { at, work } of this.later.splice(0)) {
      if (at <= this.time) work();
      else this.later.push({ at, work });
    }
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}
