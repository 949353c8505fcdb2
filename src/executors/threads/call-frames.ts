import { AsyncLocalStorage, createHook, executionAsyncResource } from 'node:async_hooks';
import { promiseHooks } from 'node:v8';
import type { ContextStore, Running } from '../../worker/current-task.js';

/** Something that can be entered, and what runs under it. */
interface Frame {
  running: Running;
}

/**
 * For platforms where to enter a context is dear. One that has been entered serves for the call after, too, unless anything
 * asynchronous has come to be under it: that finds its own call under it later, whatever runs by then.
 */
export class CallFrames implements ContextStore {
  readonly #storage = new AsyncLocalStorage<Frame>();
  /** The one entered last; `undefined` once something may have kept it. */
  #latest: Frame | undefined;

  constructor() {
    onAsyncInit(() => {
      this.#latest = undefined;
    });
  }

  getStore(): Running {
    return this.#storage.getStore()?.running;
  }

  run<A, R>(running: Running, work: (argument: A) => R, argument: A): R {
    return this.#storage.run({ running }, work, argument);
  }

  enterWith(running: Running): void {
    const latest = this.#latest;
    if (latest !== undefined && this.#storage.getStore() === latest) latest.running = running;
    else this.#storage.enterWith((this.#latest = { running }));
  }
}

/**
 * Whether to enter a context is dear: from Node 24 on, it makes a map of all that is entered, which takes seven times as
 * long as to write to the resource that runs.
 */
export function entersDearly(): boolean {
  const storage = new AsyncLocalStorage<object>();
  const probe = {};
  const isDear = storage.run(probe, () => {
    const resource = executionAsyncResource();
    return Reflect.ownKeys(resource).every((key) => Reflect.get(resource, key) !== probe);
  });
  storage.disable();
  return isDear;
}

/** Calls `told` whenever something asynchronous comes to be that will run in the context of now. */
function onAsyncInit(told: () => void): void {
  // Promises by their own hooks, which cost less; releases of Node that cannot leave them out here tell of them twice.
  const butPromises = { init: told, trackPromises: false };
  createHook(butPromises).enable();
  promiseHooks.onInit(told);
}
