import { TaskCloneError, TaskNotFoundError } from '../errors.js';
import type { TaskFunction } from '../executors/task-function.js';
import { isThenable } from '../sources/thenable.js';
import { read } from './cloneable.js';
import { copiedOnce } from './copied-once.js';
import { contextStore, useNumberedCalls, type NumberedCalls } from './current-task.js';
import { describeCall } from './describe-call.js';
import { encodeThrown } from './encode-error.js';
import { functionFrom, withAdvice } from './function-task.js';
import type { KnownTask } from './known-task.js';
import { MessageRun, reportEveryMs } from './message-run.js';
import { Outbox } from './outbox.js';
import { OwnResults } from './own-results.js';
import { Pace } from './pace.js';
import { usualStreamAhead, type FromWorker, type OutcomesMessage, type RunMessage } from './protocol.js';
import type { SharedCells } from './shared-cells.js';
import { streamKind, type StreamKind } from './streams.js';
import type { TaskStream } from './streaming-call.js';
import { taskStream } from './task-stream.js';
import { refuseMoved } from './was-moved.js';
import { whyNotCloneable } from './why-not-cloneable.js';
import { WorkerCall, type CallSurroundings } from './worker-call.js';

/** What a worker is given when it starts. */
export interface RunnerOptions extends CallSurroundings {
  /** The executor's name, for messages. */
  readonly executor: string;
  /** The memory shared with the executor; a worker that shares none brings its own. */
  readonly cells: SharedCells;
  /** Milliseconds on a clock that never goes back, and that the executor reads, too. */
  readonly now: () => number;
  readonly after: (ms: number, work: () => void) => void;
  readonly post: (message: FromWorker, transfer: readonly unknown[]) => void;
}

const none: readonly never[] = [];

/** Runs the calls that come to a worker, one after another. Knows nothing of the platform. */
export class TaskRunner implements NumberedCalls {
  readonly #options: RunnerOptions;
  /** The task module; empty until it is loaded, and where only functions are run. */
  #module: object = {};
  /** What it exports. Asked for with each message, and a module takes its time to say. */
  #exports: ReadonlySet<string> = new Set();
  /** The message whose calls run; `undefined` between messages. */
  #run: MessageRun | undefined;
  /** Messages that came meanwhile. Empty between messages. */
  readonly #next: RunMessage[] = [];
  readonly #tasks = new WeakMap<TaskFunction, KnownTask>();
  /** The number of the call that runs; 0 between calls. */
  #running = 0;
  /** The call that runs, once somebody has asked for it, or one before it. */
  #call: WorkerCall | undefined;
  /** The result of the call that runs, where that streams, and who sends it. */
  #streaming: { readonly stream: TaskStream; readonly outbox: Outbox } | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  set module(module: object) {
    this.#module = module;
    this.#exports = new Set(Object.keys(module));
  }

  get busy(): boolean {
    return this.#run !== undefined;
  }

  run(message: RunMessage): void {
    if (this.#run !== undefined) {
      this.#next.push(message);
      return;
    }
    for (let next: RunMessage | undefined = message; next !== undefined; next = this.#next.shift()) {
      const time = this.#options.now();
      this.#run = new MessageRun(next, time);
      if (!this.#go(this.#run, new Pace(this.#options.now, time, next))) return;
    }
  }

  stop(serial: number): void {
    if (this.#call?.serial !== serial) return;
    this.#call.abort();
    if (serial === this.#running) this.#streaming?.stream.stop();
  }

  /** Call `serial`, whose result streams, may send `count` more values. */
  grant(serial: number, count: number): void {
    if (serial !== this.#running || this.#streaming === undefined) return;
    const { stream, outbox } = this.#streaming;
    outbox.grant(count);
    stream.goOn();
  }

  callOf(serial: number): WorkerCall {
    if (this.#call?.serial === serial) return this.#call;
    const call = new WorkerCall(serial, 1, this.#options);
    if (serial === this.#running) this.#call = call;
    else call.ended = true;
    return call;
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

  /** Runs calls until one of them has to be waited for; true when the message is done. */
  #go(run: MessageRun, pace: Pace): boolean {
    const { now, after, cells } = this.#options;
    while (!run.isDone) {
      if (run.mustTell(pace.time)) {
        // No call runs meanwhile: copying much takes its time, which is nobody's.
        cells.rest();
        this.#report(run, pace.time);
        pace.skip();
      }
      const waited = this.#callMany(run, pace);
      if (waited !== undefined) {
        void waited.then(() => {
          pace.skip();
          if (!this.#go(run, pace)) return;
          const next = this.#next.shift();
          if (next !== undefined) this.run(next);
        });
        if (run.claimsReport()) {
          after(reportEveryMs, () => {
            run.isReportDue = false;
            this.#report(run, now());
          });
        }
        return false;
      }
    }
    this.#run = undefined;
    cells.rest();
    this.#report(run, pace.isExact ? pace.time : now());
    return true;
  }

  /** Makes calls until there is something to tell, or one has to be waited for: then gives what to wait for. */
  #callMany(run: MessageRun, pace: Pace): Promise<void> | undefined {
    const { cells } = this.#options;
    const { attempt = 1 } = run.message;
    const store = contextStore();
    useNumberedCalls(this);
    try {
      do {
        const { serial } = run;
        if (cells.begin(serial, pace.time, Math.min(pace.stride, run.left) - 1)) {
          this.#running = serial;
          // A number is all that most calls need. It does not know of attempts.
          store.enterWith(attempt === 1 ? serial : (this.#call = new WorkerCall(serial, attempt, this.#options)));
          try {
            run.task ??= this.#find(run.message.task);
            const value = run.call();
            if (isThenable(value)) return this.#wait(run, value);
            const kind = streamKind(value);
            if (kind !== undefined) return this.#stream(run, value as object, kind);
            this.#returned(run, value);
          } catch (error) {
            this.#threw(run, error);
          }
        } else run.skip();
        if (cells.isHurried()) pace.hurry();
        pace.step();
      } while (!run.isDone && !run.mustTell(pace.time));
      return undefined;
    } finally {
      store.enterWith(undefined);
      cells.giveBack();
    }
  }

  #wait(run: MessageRun, result: PromiseLike<unknown>): Promise<void> {
    return Promise.resolve(result).then(
      (value) => {
        try {
          const kind = streamKind(value);
          if (kind !== undefined) return this.#stream(run, value as object, kind);
          this.#returned(run, value);
        } catch (error) {
          this.#threw(run, error);
        }
        return undefined;
      },
      (error: unknown) => {
        this.#threw(run, error);
      },
    );
  }

  #returned(run: MessageRun, value: unknown): void {
    if (typeof value === 'object' && run.task?.results.mayChange(value) === true) run.isOwed = true;
    run.result(value, this.#end()?.takeMoves());
  }

  /** Sends what the running call streams; resolves when that is over. */
  #stream(run: MessageRun, result: object, kind: StreamKind): Promise<void> {
    const { now, cells } = this.#options;
    const { serial } = run;
    const call = this.callOf(serial);
    cells.giveBack();
    this.#report(run, now());
    const outbox = new Outbox(
      run.message.streamAhead ?? usualStreamAhead,
      () => call.takeMoves(),
      (values, moves) => {
        this.#sendStreamed(run, values, moves);
      },
    );
    return new Promise((resolve) => {
      const stream = taskStream(result, kind, {
        outbox,
        within: (work) => contextStore().run(call, work, undefined),
        isStopped: () => cells.isStopped(serial),
        ended: (failure) => {
          this.#streaming = undefined;
          if (failure === undefined) {
            outbox.close();
            this.#end();
            run.result(undefined, undefined);
          } else {
            this.#threw(run, failure.error);
          }
          run.isOwed = true;
          resolve();
        },
      });
      this.#streaming = { stream, outbox };
      stream.start();
    });
  }

  #sendStreamed(run: MessageRun, values: readonly unknown[], moves: ReadonlySet<unknown> | undefined): void {
    const moved = [...(moves ?? none)];
    const sent = moves === undefined ? copiedOnce(values, none, moved) : values;
    try {
      refuseMoved(moved);
      this.#options.post({ type: 'streamed', serial: run.serial, values: sent }, moved);
    } catch (cause) {
      throw this.#cannotBeSent(run, run.serial, 'a value of the result', values[0], cause);
    }
  }

  #threw(run: MessageRun, error: unknown): void {
    this.#end();
    run.failed(encodeThrown(typeof run.message.task === 'string' ? error : withAdvice(error)));
  }

  /** The call that runs is over; gives it if anybody has asked for it. */
  #end(): WorkerCall | undefined {
    const call = this.#call?.serial === this.#running ? this.#call : undefined;
    if (call !== undefined) call.ended = true;
    this.#running = 0;
    return call;
  }

  #find(task: RunMessage['task']): KnownTask {
    const work = typeof task === 'string' ? this.#findExported(task) : functionFrom(task);
    let known = this.#tasks.get(work);
    if (known === undefined) {
      known = { work, results: new OwnResults() };
      this.#tasks.set(work, known);
    }
    return known;
  }

  #findExported(task: string): TaskFunction {
    const module = this.#module as Record<string, unknown>;
    const work = this.#exports.has(task) && task !== 'dispose' ? module[task] : undefined;
    if (typeof work === 'function') return work as TaskFunction;
    const names = [...this.#exports].filter((name) => name !== 'dispose' && typeof read(module, name) === 'function');
    throw new TaskNotFoundError(
      `${this.#options.executor} has no task '${task}'; its module must export it as a function of its own. It has: ${names.join(', ') || 'none'}.`,
    );
  }

  /** Tells what has not been told yet. */
  #report(run: MessageRun, time: number): void {
    const { post } = this.#options;
    const { serial, values, failures, moves, ran, ms } = run.takeOutcomes(time);
    if (values.length === 0) return;
    const type = 'outcomes';
    try {
      const moved: unknown[] = moves === undefined ? [] : [...moves.values()].flatMap((list) => [...list]);
      refuseMoved(moved);
      const sent = moves === undefined ? copiedOnce(values, none, moved) : values;
      const told = { type, serial, values: sent, ran, ms } as const;
      post(failures.length === 0 ? told : { ...told, failures }, moved);
    } catch {
      // One of them cannot be sent: each has to show for itself.
      const failed = new Map(failures);
      Array.from<unknown>(values).forEach((value, position) => {
        const failure = failed.get(position);
        const alone = { type, serial: serial + position, values: [value], ran: 0, ms: 0 } as const;
        if (failure !== undefined) post({ ...alone, failures: [[0, failure]] }, []);
        else this.#reportAlone(run, alone, [...(moves?.get(position) ?? none)]);
      });
    }
  }

  #reportAlone(run: MessageRun, told: OutcomesMessage, moves: readonly unknown[]): void {
    const { post } = this.#options;
    try {
      refuseMoved(moves);
      post(told, moves);
    } catch (cause) {
      const thrown = encodeThrown(this.#cannotBeSent(run, told.serial, 'the result', told.values[0], cause));
      post({ ...told, values: [undefined], failures: [[0, thrown]] }, []);
    }
  }

  #cannotBeSent(run: MessageRun, serial: number, what: string, value: unknown, cause: unknown): TaskCloneError {
    const why =
      whyNotCloneable(what, value) ??
      'what transfer() lists cannot be moved: list only what can be (the `buffer` of a typed array), and nothing that has been moved before.';
    const called = describeCall(run.message.task, run.indexOf(serial));
    return new TaskCloneError(`${called} on ${this.#options.executor}: ${why}`, { cause });
  }
}
