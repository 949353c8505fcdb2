import { TaskCloneError, TaskNotFoundError } from '../errors.js';
import type { TaskFunction } from '../executors/executor.js';
import { isThenable } from '../sources/thenable.js';
import { runAsTask } from './current-task.js';
import { describeCall } from './describe-call.js';
import { encodeThrown } from './encode-error.js';
import { functionFrom, withAdvice } from './function-task.js';
import {
  cell,
  type CallMessage,
  type DoneMessage,
  type FromWorker,
  type Outcome,
  type RunMessage,
} from './protocol.js';
import { streamKind } from './streams.js';
import { movesOf } from './transfer.js';
import { whyNotCloneable } from './why-not-cloneable.js';
import { WorkerCall } from './worker-call.js';

/** What a worker is given when it starts. */
export interface RunnerOptions {
  /** The executor's name, for messages. */
  readonly executor: string;
  readonly data: unknown;
  /** The memory shared with the executor; a worker that shares none brings its own. */
  readonly cells: Int32Array;
  post(message: FromWorker, transfer: readonly unknown[]): void;
}

/** Runs the calls that come to a worker, one message at a time. Knows nothing of the platform. */
export class TaskRunner {
  readonly #options: RunnerOptions;
  /** The task module; empty until it is loaded, and where only functions are run. */
  #module: object = {};
  /** The message whose calls run; 0 between messages. */
  #id = 0;
  /** The call that runs; `undefined` between messages. */
  #call: WorkerCall | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  set module(module: object) {
    this.#module = module;
  }

  get busy(): boolean {
    return this.#id !== 0;
  }

  run(message: RunMessage): void {
    const { cells } = this.#options;
    const { id } = message;
    this.#id = id;
    Atomics.store(cells, cell.begun, id);
    const outcomes: Outcome[] = [];
    const moves: unknown[] = [];
    const finish = (): void => {
      this.#id = 0;
      this.#call = undefined;
      this.#answer({ type: 'done', id, outcomes }, moves, message);
    };
    // Synchronous tasks are answered without a turn of the event loop in between.
    const runFrom = (position: number): void => {
      for (let at = position; at < message.calls.length; at++) {
        Atomics.store(cells, cell.position, at);
        const running = this.#start(message, message.calls[at] as CallMessage, moves);
        if ('ok' in running) outcomes.push(running);
        else {
          void running.then((outcome) => {
            outcomes.push(outcome);
            runFrom(at + 1);
          });
          return;
        }
      }
      finish();
    };
    runFrom(0);
  }

  stop(id: number): void {
    if (id === this.#id) this.#call?.abort();
  }

  /** Calls the module's `dispose`. */
  async dispose(): Promise<void> {
    const { dispose } = this.#module as { dispose?: unknown };
    let ended: FromWorker = { type: 'ended' };
    try {
      if (Object.hasOwn(this.#module, 'dispose') && typeof dispose === 'function') await (dispose as () => unknown)();
    } catch (error) {
      ended = { type: 'ended', thrown: encodeThrown(error) };
    }
    this.#options.post(ended, []);
  }

  #start(message: RunMessage, incoming: CallMessage, moves: unknown[]): Outcome | Promise<Outcome> {
    const call = new WorkerCall(message.id, incoming, this.#options.data, this.#options.cells);
    this.#call = call;
    const returned = (value: unknown): Outcome => {
      call.ended = true;
      const kind = streamKind(value);
      if (kind !== undefined) return failure(this.#noStreams(message, incoming, kind));
      moves.push(...call[movesOf]);
      return { ok: true, value };
    };
    const threw = (error: unknown): Outcome => {
      call.ended = true;
      return failure(typeof message.task === 'string' ? error : withAdvice(error));
    };
    try {
      const work = this.#find(message.task);
      const result = runAsTask(call, () => work(...incoming.args));
      if (!isThenable(result)) return returned(result);
      return Promise.resolve(result).then(returned, threw);
    } catch (error) {
      return threw(error);
    }
  }

  #find(task: RunMessage['task']): TaskFunction {
    if (typeof task !== 'string') return functionFrom(task);
    const module = this.#module as Record<string, unknown>;
    if (Object.hasOwn(module, task) && task !== 'dispose' && typeof module[task] === 'function')
      return module[task] as TaskFunction;
    const names = Object.keys(module).filter((name) => name !== 'dispose' && typeof module[name] === 'function');
    throw new TaskNotFoundError(
      `${this.#options.executor} has no task '${task}'; its module must export it as a function of its own. It has: ${names.join(', ') || 'none'}.`,
    );
  }

  #answer(done: DoneMessage, moves: readonly unknown[], message: RunMessage): void {
    try {
      this.#options.post(done, moves);
    } catch (error) {
      const outcomes = done.outcomes.map((outcome, position) =>
        outcome.ok ? this.#checked(outcome, message, position, error) : outcome,
      );
      this.#options.post({ ...done, outcomes }, []);
    }
  }

  /** The outcome, or why its value could not be sent. */
  #checked(outcome: { ok: true; value: unknown }, message: RunMessage, position: number, cause: unknown): Outcome {
    const why = whyNotCloneable('the result', outcome.value);
    const alone =
      message.calls.length === 1
        ? 'what transfer() lists cannot be moved: list every buffer once, and only what can be moved.'
        : undefined;
    const reason = why ?? alone;
    if (reason === undefined) return outcome;
    const called = describeCall(message.task, message.calls[position]?.index);
    return failure(new TaskCloneError(`${called} on ${this.#options.executor}: ${reason}`, { cause }));
  }

  #noStreams(message: RunMessage, { index }: CallMessage, kind: string): TypeError {
    return new TypeError(
      `${describeCall(message.task, index)} on ${this.#options.executor} returned ${kind}: a streamed result across threads is not available yet. Return an array, or run the task with inline().`,
    );
  }
}

function failure(error: unknown): Outcome {
  return { ok: false, thrown: encodeThrown(error) };
}
