import type { CallListener, Executor, TaskCall } from '../../src/executors/executor.js';

/** An executor in the hands of the test: calls are noted, and end when the test says so. */
export class HandExecutor implements Executor {
  readonly name = 'by hand';
  readonly crossesBoundary = false;
  capacity: number;
  readonly calls: { readonly call: TaskCall; readonly listener: CallListener; cancelled: number }[] = [];
  readonly #room = new Set<() => void>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get free(): number {
    return this.capacity;
  }

  get listeners(): number {
    return this.#room.size;
  }

  execute(call: TaskCall, listener: CallListener): () => void {
    const noted = { call, listener, cancelled: 0 };
    this.calls.push(noted);
    return () => {
      noted.cancelled++;
    };
  }

  onRoom(listener: () => void): () => void {
    this.#room.add(listener);
    return () => {
      this.#room.delete(listener);
    };
  }

  resize(capacity: number): void {
    this.capacity = capacity;
    for (const listener of this.#room) listener();
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
