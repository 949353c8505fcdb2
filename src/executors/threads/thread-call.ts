import { AsyncResource } from 'node:async_hooks';
import { describeCall } from '../../worker/describe-call.js';
import { joinStacks } from '../../worker/join-stacks.js';
import type { FunctionSource } from '../../worker/protocol.js';
import type { CallListener, TaskCall } from '../executor.js';
import type { Queued } from './call-queue.js';

/** Where a call came from: a captured stack, rendered when it is read. */
export interface CallSite {
  readonly stack?: string;
}

/** One call given to a threads executor: waiting, then on a thread, then, for good, settled or silent. */
export class ThreadCall implements Queued<ThreadCall> {
  before: ThreadCall | undefined;
  after: ThreadCall | undefined;
  queued = false;
  readonly id: number;
  readonly call: TaskCall;
  readonly task: string | FunctionSource;
  /** Kills its thread when the call was cancelled and did not stop in time. */
  graceTimer: NodeJS.Timeout | undefined;
  readonly #executor: string;
  readonly #listener: CallListener;
  /** The caller's asynchronous context, in which the listener is told. */
  readonly #scope = new AsyncResource('rxjs-background.call');
  readonly site: CallSite;
  #started = false;
  /** Nothing is told any more: the outcome has been told, or nobody wants it. */
  #over = false;

  constructor(
    id: number,
    call: TaskCall,
    task: string | FunctionSource,
    listener: CallListener,
    executor: string,
    site: CallSite,
  ) {
    this.id = id;
    this.call = call;
    this.task = task;
    this.#listener = listener;
    this.#executor = executor;
    this.site = site;
  }

  get over(): boolean {
    return this.#over;
  }

  /** How it is named in messages. */
  get described(): string {
    return describeCall(this.task, this.call.index);
  }

  /** Ends it without a word. */
  silence(): void {
    this.#over = true;
  }

  started(): void {
    if (this.#over || this.#started) return;
    this.#started = true;
    this.#scope.runInAsyncScope(() => {
      this.#listener.started();
    });
  }

  result(value: unknown): void {
    this.#settle(() => {
      this.#listener.result(value);
    });
  }

  failed(error: unknown): void {
    this.#settle(() => {
      joinStacks(error, `${this.described} on ${this.#executor}`, this.site);
      this.#listener.failed(error);
    });
  }

  #settle(tell: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#scope.runInAsyncScope(tell);
  }
}
