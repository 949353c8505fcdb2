import { currentTask } from '../worker/current-task.js';
import { gateCell, gateReaches, signalGate } from './gate.js';

// The task module of the executor contract: what every executor has to be able to run.

export function add(a: number, b: number): number {
  return a + b;
}

export async function addLater(a: number, b: number): Promise<number> {
  await Promise.resolve();
  return a + b;
}

export function touch(given: { touched?: boolean }): void {
  given.touched = true;
}

export function attempt(): number {
  return currentTask().attempt;
}

export function fail(message: string): never {
  throw Object.assign(new RangeError(message, { cause: new TypeError('below') }), { code: 'E_CONTRACT', size: 3 });
}

export async function failLater(message: string): Promise<never> {
  await Promise.resolve();
  return fail(message);
}

export function throwUndefined(): never {
  throw undefined;
}

/** Arrives, and ends when the gate is open. */
export async function passGate<T>(cells: Int32Array, result: T): Promise<T> {
  signalGate(cells, gateCell.arrived);
  await gateReaches(cells, gateCell.open, 1);
  return result;
}

/** Arrives, and ends when it is told to stop. */
export async function untilAborted(cells: Int32Array): Promise<void> {
  const { signal } = currentTask();
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
    signalGate(cells, gateCell.arrived);
  });
  signalGate(cells, gateCell.left);
}

/** Arrives, and never ends by itself. */
export function spin(cells: Int32Array): never {
  signalGate(cells, gateCell.arrived);
  for (;;);
}

/** Ends its whole worker. */
export function die(): void {
  const { process, close } = globalThis as { process?: { exit(code: number): void }; close?: () => void };
  if (process === undefined) close?.();
  else process.exit(1);
}

export function failOn(value: number, failing: number): number {
  return value === failing ? fail(`no ${String(value)}`) : value;
}

export function dieOn(value: number, dying: number): number {
  if (value === dying) die();
  return value;
}

export function spinOn(value: number, spinning: number, cells: Int32Array): number {
  return value === spinning ? spin(cells) : value;
}

export function* upTo(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i;
}

/** Leaves, however it ends. */
export async function* upToAndFail(cells: Int32Array, count: number): AsyncGenerator<number> {
  try {
    yield* upTo(count);
    await Promise.resolve();
    fail('no more');
  } finally {
    signalGate(cells, gateCell.left);
  }
}

/** Arrives with each value, and leaves when it is left. */
export function* forEver(cells: Int32Array): Generator<number> {
  try {
    for (let i = 0; ; i++) {
      signalGate(cells, gateCell.arrived);
      yield i;
    }
  } finally {
    signalGate(cells, gateCell.left);
  }
}
