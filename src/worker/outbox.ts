/** Sends values; what of them is to be moved is in `moves`. Throws when they cannot be sent. */
export type SendValues = (values: readonly unknown[], moves: ReadonlySet<unknown> | undefined) => void;

/**
 * The values of a result that streams, on their way out: never more than have been granted. Each goes at once: the task may change it,
 * take long for the next, or be killed in it.
 */
export class Outbox {
  #credit: number;
  readonly #takeMoves: () => ReadonlySet<unknown> | undefined;
  readonly #send: SendValues;
  #hasSent = false;

  constructor(credit: number, takeMoves: () => ReadonlySet<unknown> | undefined, send: SendValues) {
    this.#credit = credit;
    this.#takeMoves = takeMoves;
    this.#send = send;
  }

  /** No further value may be added before more are granted. */
  get isFull(): boolean {
    return this.#credit === 0;
  }

  grant(count: number): void {
    this.#credit += count;
  }

  /** @throws when the value cannot be sent. */
  add(value: unknown): void {
    this.#credit--;
    this.#hasSent = true;
    this.#send([value], this.#takeMoves());
  }

  /** Nothing more comes. Sends word of it where nothing has come. */
  close(): void {
    if (!this.#hasSent) this.#send([], undefined);
  }
}
