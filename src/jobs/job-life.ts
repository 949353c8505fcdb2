/** Where a job stands. The last three are for good. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** How a job has ended. */
export type JobEnd<R> =
  { readonly state: 'done'; readonly value: R } | { readonly state: 'failed' | 'cancelled'; readonly error: unknown };

/** The states of one job: queued, then running, then over; over at any time, once. */
export class JobLife<R> {
  #running = false;
  /** Set once. */
  #end: JobEnd<R> | undefined;
  /** Who is told the end; empty after it. */
  readonly #listeners = new Set<(end: JobEnd<R>) => void>();

  get state(): JobState {
    return this.#end?.state ?? (this.#running ? 'running' : 'queued');
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  begin(): void {
    this.#running = true;
  }

  /** Ends it, without a word. Returns whether this was the first time. */
  finish(end: JobEnd<R>): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    return true;
  }

  /** Tells everybody who listened before the end. One of them may listen, too, or have another not be told. */
  tell(): void {
    for (const listener of this.#listeners) {
      this.#listeners.delete(listener);
      listener(this.#end as JobEnd<R>);
    }
  }

  /** Tells `listener` the end, at once when that has come. Returns what stops that. */
  listen(listener: (end: JobEnd<R>) => void): () => void {
    if (this.#end !== undefined) {
      listener(this.#end);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
