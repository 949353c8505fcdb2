import type { Piscina } from 'piscina';
import { MessageChannel, receiveMessageOnPort, type MessagePort, type ResourceLimits } from 'node:worker_threads';
import { decodeThrown } from '../../worker/decode-error.js';
import type { FromWorker, OutcomesMessage, RunMessage, StreamedMessage, ToWorker } from '../../worker/protocol.js';
import { SharedCells } from '../../worker/shared-cells.js';
import { isTuple, outcomesMessage, runTuple, type OutcomesTuple, type RunTuple } from '../../worker/tuples.js';
import { deathBy, type Death } from './death.js';
import { entryProgram, keepCompiled } from './entry-program.js';
import { loadPiscina } from './load-piscina.js';
import { mayRequire } from './may-require.js';
import type { CompiledMessage, Start } from './program.js';

export interface ThreadOptions {
  /** The executor's name, for messages. */
  readonly executor: string;
  readonly module: string | undefined;
  readonly data: unknown;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly startTimeoutMs: number;
}

/** What a thread tells its crew. `gone` comes last, and exactly once. */
export interface ThreadListener {
  loaded(thread: Thread): void;
  outcomes(thread: Thread, message: OutcomesMessage): void;
  streamed(thread: Thread, message: StreamedMessage): void;
  /** A message could not be read on one side; the call it belonged to will not be answered. */
  unreadable(thread: Thread, error: unknown): void;
  /** A call that had ended threw. The thread has to go once the running call is done. */
  late(thread: Thread, error: unknown): void;
  disposed(thread: Thread, failure: { readonly error: unknown } | undefined): void;
  gone(thread: Thread, death: Death): void;
}

/** What comes from a thread. */
type Said = FromWorker | OutcomesTuple | CompiledMessage;

/**
 * One worker thread: a piscina pool of one, so that it can be killed, and its end awaited, alone. Its port never keeps
 * the process alive; who waits for it does.
 */
export class Thread {
  /** The module is loaded: it takes messages. */
  loaded = false;
  /** It has been told to go, one way or the other, and takes no more messages. */
  leaving = false;
  /** It has been told to go at once: what it still says does not count. */
  killed = false;
  /** It goes as soon as its call is done. */
  retiring = false;
  /** What both sides know of the calls on their way. */
  readonly cells = new SharedCells();
  readonly #options: ThreadOptions;
  readonly #listener: ThreadListener;
  #port: MessagePort | undefined;
  /** The pool of one; `undefined` where there could be none. */
  #pool: Piscina | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why it goes: the first reason known counts. */
  #death: Death | undefined;

  constructor(options: ThreadOptions, listener: ThreadListener) {
    this.#options = options;
    this.#listener = listener;
    try {
      this.#open(loadPiscina());
    } catch (error) {
      // In a turn of its own, when the crew knows the thread.
      queueMicrotask(() => {
        this.#gone({ by: 'host', error });
      });
    }
  }

  /** @throws DataCloneError when a part of the message cannot be sent. */
  run(message: RunMessage, transfer: readonly unknown[]): void {
    this.#post(runTuple(message), transfer);
  }

  /** Tells a call that it is no longer wanted: in shared memory for a loop, as a message for everything else. */
  stop(serial: number): void {
    this.cells.stop(serial);
    this.#post({ type: 'stop', serial });
  }

  /** Lets a call whose result streams send more. */
  grant(serial: number, count: number): void {
    this.#post({ type: 'grant', serial, count });
  }

  /** Has it disposed and ended in peace, but not wait longer than `withinMs` for that. */
  end(withinMs: number | undefined): void {
    if (this.leaving) return;
    this.leaving = true;
    this.#post({ type: 'end' });
    if (withinMs !== undefined) this.#killAfter(withinMs, { by: 'executor' });
  }

  /** Ends it whatever it does. `gone` follows when it really is. */
  kill(death: Death = { by: 'executor' }): void {
    this.leaving = true;
    this.killed = true;
    this.#death ??= death;
    clearTimeout(this.#timer);
    void this.#pool?.destroy();
  }

  #open(Pool: typeof Piscina): void {
    const { resourceLimits, startTimeoutMs, executor, module, data } = this.#options;
    const program = entryProgram();
    const { port1, port2 } = new MessageChannel();
    // The pool's first thread takes messages from the start, before it is up.
    const pool = new Pool({
      // What the thread loads first.
      filename: new URL('./starter.cjs', import.meta.url).href,
      name: 'open',
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      recordTiming: false,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#pool = pool;
    // From now on: a pool that loses its thread starts no other by itself. That is the crew's business.
    pool.options.minThreads = 0;
    // Without a listener, an error here would end the process.
    pool.on('error', () => undefined);
    const start: Start = {
      program,
      mayRequire: module !== undefined && mayRequire(module),
      port: port2,
      memory: this.cells.buffer,
      executor,
      module,
      data,
    };
    pool.run(start, { transferList: [port2] }).catch(() => undefined);
    const [worker] = pool.threads;
    if (worker === undefined) throw new Error('piscina started no thread');
    worker.on('error', (error) => {
      this.#death ??= deathBy(error);
    });
    worker.on('exit', (code) => {
      this.#gone(this.#death ?? { by: 'exit', code });
    });
    port1.on('message', (message: Said) => {
      this.#receive(message);
    });
    port1.on('messageerror', (error) => {
      this.#listener.unreadable(this, error);
    });
    port1.unref();
    this.#port = port1;
    this.#killAfter(startTimeoutMs, { by: 'timeout', ms: startTimeoutMs });
  }

  #receive(message: Said): void {
    if (isTuple(message)) {
      this.#listener.outcomes(this, outcomesMessage(message));
      return;
    }
    switch (message.type) {
      case 'loaded':
        clearTimeout(this.#timer);
        if (this.#death !== undefined) return;
        this.loaded = true;
        this.#listener.loaded(this);
        return;
      case 'unloadable':
        this.kill({ by: 'module', error: decodeThrown(message.thrown) });
        return;
      case 'outcomes':
        this.#listener.outcomes(this, message);
        return;
      case 'streamed':
        this.#listener.streamed(this, message);
        return;
      case 'unreadable':
        this.#listener.unreadable(this, decodeThrown(message.thrown));
        return;
      case 'crash':
        if (message.late) this.#listener.late(this, decodeThrown(message.thrown));
        else this.#death ??= deathBy(decodeThrown(message.thrown));
        return;
      case 'ended':
        this.#listener.disposed(
          this,
          message.thrown === undefined ? undefined : { error: decodeThrown(message.thrown) },
        );
        this.kill();
        return;
      case 'compiled':
        keepCompiled(message.compiled);
    }
  }

  #post(message: ToWorker | RunTuple, transfer?: readonly unknown[]): void {
    if (transfer === undefined || transfer.length === 0) this.#port?.postMessage(message);
    else this.#port?.postMessage(message, transfer as never);
  }

  #killAfter(ms: number, death: Death): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.kill(death);
    }, ms).unref();
  }

  #gone(death: Death): void {
    clearTimeout(this.#timer);
    this.leaving = true;
    const port = this.#port;
    if (port !== undefined) {
      // What it said last may not have been heard yet, such as the answer to its call.
      for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
        this.#receive(last.message as Said);
      }
      port.close();
    }
    void this.#pool?.destroy();
    this.#listener.gone(this, this.#death ?? death);
  }
}
