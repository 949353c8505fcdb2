import { constants } from 'node:os';
import { basename } from 'node:path';
import { Interruption } from './interruption.js';

/**
 * A second signal from npm comes within 10 ms of the first, or later on a machine that is busy; a hand takes longer than
 * this. A script of npm expects it, and so waits longer.
 */
const echoMs = isScriptOfNpm() ? 200 : 20;

const interruption = new Interruption();

/** Who listens to each signal. A signal that nobody ever listened to keeps its default. */
const listeners = new Map<NodeJS.Signals, Set<(signal: NodeJS.Signals) => void>>();

/** The exit code of a program that a signal has ended. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/**
 * Tells `listener` the first of `signals`, at once when it has come already. From then on another one ends the process.
 *
 * @returns stops that. With the last listener, as long as no signal has come, the signal has its default effect again.
 */
export function onFirstSignal(
  signals: readonly NodeJS.Signals[],
  listener: (signal: NodeJS.Signals) => void,
): () => void {
  const first = interruption.first as NodeJS.Signals | undefined;
  for (const signal of signals) listen(signal, listener);
  if (first !== undefined && signals.includes(first)) listener(first);
  return () => {
    for (const signal of signals) unlisten(signal, listener);
  };
}

function listen(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  const listening = listeners.get(signal) ?? new Set();
  if (listening.size === 0 && !process.listeners(signal).includes(receive)) process.on(signal, receive);
  listening.add(listener);
  listeners.set(signal, listening);
}

function unlisten(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  const listening = listeners.get(signal);
  listening?.delete(listener);
  if (listening?.size === 0 && interruption.first === undefined) process.off(signal, receive);
}

function receive(signal: NodeJS.Signals): void {
  switch (interruption.signal(signal)) {
    case 'leave':
      process.exit(exitCodeOf(signal));
      break;
    case 'stop':
      waitForEcho();
      for (const listener of [...(listeners.get(signal) ?? [])]) listener(signal);
      break;
    case 'echo':
  }
}

/** Whether npm has started this program itself, and not something that has started it in turn. */
function isScriptOfNpm(): boolean {
  const { npm_lifecycle_script: script = '' } = process.env;
  const [, file = ''] = process.argv;
  return file !== '' && script.includes(basename(file));
}

/** A turn of the event loop after the time: what arrived while this thread was busy is heard before that. */
function waitForEcho(): void {
  setTimeout(() => {
    setImmediate(() => {
      interruption.echoIsOver();
    });
  }, echoMs).unref();
}
