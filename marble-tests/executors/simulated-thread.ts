import { asyncScheduler } from 'rxjs';
import type { Death } from '../../src/executors/threads/death.js';
import type { Thread as RealThread, ThreadListener, ThreadOptions } from '../../src/executors/threads/thread.js';
import { encodeThrown } from '../../src/worker/encode-error.js';
import { MessageRun, reportEveryMs } from '../../src/worker/message-run.js';
import { Pace } from '../../src/worker/pace.js';
import { usualStreamAhead, type FromWorker, type RunMessage } from '../../src/worker/protocol.js';
import { SharedCells } from '../../src/worker/shared-cells.js';

/** What a call does in a simulated thread. */
export interface Deed {
  /** How long it takes; 0: nothing. */
  readonly ms: number;
  readonly does:
    | 'return'
    | 'throw'
    /** Its thread dies. */
    | 'die'
    /** It never ends by itself, and does not listen. */
    | 'spin'
    /** It ends when it is told to stop. */
    | 'listen'
    /** It ends when the test says so. */
    | 'wait';
  /** Is given what ends it. */
  readonly until?: (end: () => void) => void;
  readonly brings?: unknown;
  /** Its result streams: these values, each after so long, and then the rest of the deed, which brings nothing. */
  readonly streams?: readonly { readonly ms: number; readonly brings: unknown }[];
  /** It leaves something behind that throws a millisecond after it has ended. */
  readonly leaves?: boolean;
}

/** What streams and cannot be read where it arrives. */
export const unreadable = Symbol('unreadable');

/** Virtual time, and what runs in the threads that are simulated now. */
export interface Simulation {
  now(): number;
  after(ms: number, work: () => void): void;
  /** The call begins; what is returned is called when it really is over. */
  begins(
    input: unknown,
    rest: readonly unknown[],
    attempt: number,
    thread: number,
  ): readonly [deed: Deed, over: () => void];
  /** A message is sent. */
  sent?(message: RunMessage): void;
  /** A call's part of a message cannot be sent. */
  cannotBeSent(input: unknown, rest: readonly unknown[]): boolean;
  /** It arrives, and cannot be read. */
  cannotBeRead(input: unknown, rest: readonly unknown[]): boolean;
  /** How long a message is on its way, a thread starts, or dies. */
  readonly messageMs: number;
  readonly startMs: number;
  readonly deathMs: number;
}

let simulation: Simulation | undefined;
const living = new Set<Thread>();
let started = 0;

/** From now on, threads live in this simulation. Returns how many live in it. */
export function simulateThreads(next: Simulation): () => number {
  simulation = next;
  living.clear();
  started = 0;
  return () => living.size;
}

/** Stands in for a thread: the same shared memory and messages, with calls that take virtual time. */
export class Thread implements Pick<RealThread, keyof RealThread> {
  loaded = false;
  leaving = false;
  killed = false;
  retiring = false;
  readonly cells = new SharedCells();
  readonly #world = simulation as Simulation;
  readonly #listener: ThreadListener;
  readonly #messages: RunMessage[] = [];
  /** What it has said, and was not heard yet. */
  readonly #said: FromWorker[] = [];
  #run: MessageRun | undefined;
  #pace = new Pace(() => 0, 0, { inputs: [] });
  #over: (() => void) | undefined;
  /** Ends the running call that listens. */
  #stopped: (() => void) | undefined;
  /** Lets the running call that streams send more. */
  #granted: ((count: number) => void) | undefined;
  /** The first is 1. */
  readonly #number = ++started;
  #mustEnd = false;
  #isDead = false;

  constructor(_options: ThreadOptions, listener: ThreadListener) {
    this.#listener = listener;
    living.add(this);
    this.#world.after(this.#world.startMs, () => {
      if (this.#isDead || this.killed) return;
      this.loaded = true;
      listener.loaded(this as never);
    });
  }

  run(message: RunMessage, _transfer: readonly unknown[]): void {
    const { cannotBeSent, cannotBeRead } = this.#world;
    if (isAnyOf(message, cannotBeSent)) throw new Error('it cannot be sent');
    this.#world.sent?.(message);
    this.#world.after(this.#world.messageMs, () => {
      if (this.#isDead) return;
      if (isAnyOf(message, cannotBeRead)) {
        this.#say({ type: 'unreadable', thrown: encodeThrown(new Error('it cannot be read')) });
        return;
      }
      this.#messages.push(message);
      if (this.#run === undefined) this.#goOn();
    });
  }

  stop(serial: number): void {
    this.cells.stop(serial);
    this.#world.after(this.#world.messageMs, () => {
      if (this.#run?.serial === serial) this.#stopped?.();
    });
  }

  grant(serial: number, count: number): void {
    this.#world.after(this.#world.messageMs, () => {
      if (this.#run?.serial === serial) this.#granted?.(count);
    });
  }

  end(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.#world.after(this.#world.messageMs, () => {
      this.#mustEnd = true;
      this.#endIfIdle();
    });
  }

  kill(): void {
    this.leaving = this.killed = true;
    this.#world.after(this.#world.deathMs, () => {
      this.#die({ by: 'executor' });
    });
  }

  #goOn(): void {
    for (;;) {
      const run = (this.#run ??= this.#next());
      if (run === undefined) break;
      while (!run.isDone) {
        if (run.mustTell(this.#pace.time)) {
          this.cells.giveBack();
          this.#report(run);
          this.#pace.skip();
        }
        // Where calls take no time, it takes those behind them as well.
        if (!this.cells.begin(run.serial, this.#world.now(), Math.min(this.#pace.stride, run.left) - 1)) {
          run.skip();
          continue;
        }
        const { inputs, rest, rests, attempt } = run.message;
        const [deed, over] = this.#world.begins(inputs[run.position], rests?.[run.position] ?? rest ?? [], attempt ?? 1, this.#number);
        this.#over = over;
        if (deed.does === 'return' && deed.ms === 0 && deed.streams === undefined) {
          this.#ended(run, deed);
          continue;
        }
        if (deed.streams === undefined) this.#wait(run, deed);
        else this.#stream(run, deed, deed.streams);
        return;
      }
      this.#run = undefined;
      this.cells.giveBack();
      this.cells.rest();
      this.#report(run);
    }
    this.#endIfIdle();
  }

  #next(): MessageRun | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    const now = this.#world.now();
    this.#pace = new Pace(this.#world.now, now, message);
    return new MessageRun(message, now);
  }

  #stream(run: MessageRun, deed: Deed, values: NonNullable<Deed['streams']>): void {
    const { serial } = run;
    this.cells.giveBack();
    this.#report(run);
    this.#pace.hurry();
    let left = run.message.streamAhead ?? usualStreamAhead;
    let next = 0;
    let isIdle = false;
    const isOn = (): boolean => !this.#isDead && this.#run === run && run.serial === serial;
    const end = (): void => {
      this.#granted = undefined;
      run.isOwed = true;
      if (next === 0) this.#say({ type: 'streamed', serial, values: [] });
      this.#wait(run, { ...deed, ms: Math.max(1, deed.ms) });
    };
    const goOn = (): void => {
      const value = values[next];
      isIdle = left === 0 && value !== undefined;
      if (value === undefined) end();
      else if (!isIdle)
        this.#world.after(value.ms, () => {
          if (!isOn() || this.#granted === undefined) return;
          next++;
          left--;
          if (value.brings === unreadable) this.#say({ type: 'unreadable', thrown: encodeThrown(new Error('it cannot be read')) });
          else this.#say({ type: 'streamed', serial, values: [value.brings] });
          goOn();
        });
    };
    this.#granted = (count) => {
      left += count;
      if (isIdle) goOn();
    };
    this.#stopped = () => {
      this.#granted = undefined;
      this.#wait(run, { ms: 1, does: 'return' });
    };
    goOn();
  }

  #wait(run: MessageRun, deed: Deed): void {
    const { serial } = run;
    const isOn = (): boolean => !this.#isDead && this.#run === run && run.serial === serial;
    const goOn = (how: Deed): void => {
      if (!isOn()) return;
      this.#stopped = undefined;
      this.#ended(run, how);
      this.#goOn();
    };
    // Nothing else happens in its thread while a call runs, unless that waits for something.
    if (deed.does === 'listen' || deed.does === 'wait') {
      this.cells.giveBack();
      this.#pace.hurry();
      if (run.claimsReport()) {
        this.#world.after(reportEveryMs, () => {
          run.isReportDue = false;
          if (!this.#isDead) this.#report(run);
        });
      }
    }
    switch (deed.does) {
      case 'listen':
        this.#stopped = () => {
          goOn({ ...deed, does: 'throw', brings: 'stopped' });
        };
        break;
      case 'spin':
        break;
      case 'wait':
        deed.until?.(() => {
          goOn({ ...deed, does: 'return' });
        });
        break;
      case 'die':
        this.#world.after(deed.ms, () => {
          if (isOn()) this.#die({ by: 'exit', code: 1 });
        });
        break;
      default:
        this.#world.after(deed.ms, () => {
          goOn(deed);
        });
    }
  }

  #ended(run: MessageRun, deed: Deed): void {
    this.#over?.();
    this.#over = undefined;
    if (deed.leaves === true)
      this.#world.after(1, () => {
        if (!this.#isDead) this.#listener.late(this as never, new Error('left behind'));
      });
    if (deed.does === 'throw') run.failed(encodeThrown(deed.brings));
    else run.result(deed.brings, undefined);
    if (this.cells.isHurried()) this.#pace.hurry();
    this.#pace.step();
  }

  #report(run: MessageRun): void {
    const { serial, values, failures, ran, ms } = run.takeOutcomes(this.#world.now());
    if (values.length > 0) this.#say({ type: 'outcomes', serial, values, failures, ran, ms });
  }

  #say(message: FromWorker): void {
    this.#said.push(message);
    this.#world.after(this.#world.messageMs, () => {
      const said = this.#said.shift();
      if (said !== undefined) this.#tell(said);
    });
  }

  #tell(message: FromWorker): void {
    if (message.type === 'outcomes') this.#listener.outcomes(this as never, message);
    else if (message.type === 'streamed') this.#listener.streamed(this as never, message);
    else if (message.type === 'unreadable') this.#listener.unreadable(this as never, new Error('unreadable'));
  }

  #endIfIdle(): void {
    if (this.#mustEnd && this.#run === undefined && this.#messages.length === 0) this.#die({ by: 'executor' });
  }

  #die(death: Death): void {
    if (this.#isDead) return;
    this.#isDead = this.leaving = true;
    this.#over?.();
    this.#over = undefined;
    living.delete(this);
    // In a turn of its own, after everything it has said.
    this.#world.after(this.#world.messageMs, () => {
      for (const message of this.#said.splice(0)) this.#tell(message);
      this.#listener.gone(this as never, this.killed ? { by: 'executor' } : death);
    });
  }
}

function isAnyOf(
  { inputs, rest, rests }: RunMessage,
  holds: (input: unknown, rest: readonly unknown[]) => boolean,
): boolean {
  return Array.from(inputs).some((input, position) => holds(input, rests?.[position] ?? rest ?? []));
}

/** The clock of virtual time, in place of the one that threads share. */
export function sharedNow(): number {
  return asyncScheduler.now();
}
