/** What a signal means. */
export type Meaning = 'stop' | 'echo' | 'leave';

/**
 * One Ctrl-C can arrive twice, since npm passes it on to a child that has had it from the terminal: the first signal says
 * stop, the same again, as long as it may be an echo, says nothing, and any later one says leave.
 */
export class Interruption {
  /** The signal that came first; `undefined` until then. */
  #first: string | undefined;
  #mayEcho = true;

  get first(): string | undefined {
    return this.#first;
  }

  signal(name: string): Meaning {
    if (this.#first === undefined) {
      this.#first = name;
      return 'stop';
    }
    return this.#mayEcho && name === this.#first ? 'echo' : 'leave';
  }

  /** Whatever the first signal's echo was, has come by now. */
  echoIsOver(): void {
    this.#mayEcho = false;
  }
}
