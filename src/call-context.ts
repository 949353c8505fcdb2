/** What a function given to an operator is called with, after its input. */
export interface CallContext {
  /** How many calls came before this one: 0, 1, 2 … */
  readonly index: number;
  /** Aborted when the call is no longer wanted: unsubscribed, timed out, or failed. Made when it is first read. */
  readonly signal: AbortSignal;
}

/** A context whose signal costs nothing until it is read. */
export class LazyCallContext implements CallContext {
  readonly index: number;
  #controller: AbortController | undefined;
  #aborted = false;

  constructor(index: number) {
    this.index = index;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
