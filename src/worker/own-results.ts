import type { TaskFunction } from '../executors/task-function.js';

/** So many results with nothing in common show that a task makes each anew. */
const enough = 4;

/** An object, or the part of a buffer that is shown. */
interface Memory {
  readonly of: unknown;
  readonly from: number;
  readonly to: number;
}

/** What is known of the results of one task. */
interface Known {
  /** What its first results were made of; empty once that is settled. */
  seen: readonly Memory[];
  results: number;
  /** It has returned something twice. */
  returnsAgain: boolean;
}

/**
 * Finds out whether a task may change what it has returned: one that fills the same buffer for each call must have every
 * result copied before the next call begins.
 */
export class OwnResults {
  readonly #tasks = new WeakMap<TaskFunction, Known>();

  /** Whether the next call may change `result`, the latest of `task`, as far as is known. */
  mayChange(task: TaskFunction, result: unknown): boolean {
    if (typeof result !== 'object' || result === null) return false;
    let known = this.#tasks.get(task);
    if (known === undefined) {
      known = { seen: [], results: 0, returnsAgain: false };
      this.#tasks.set(task, known);
    }
    if (known.returnsAgain) return true;
    if (known.results === enough) return false;
    const parts = memoryOf(result);
    known.results++;
    known.returnsAgain = parts.some((part) => (known.seen as Memory[]).some((other) => overlap(part, other)));
    known.seen = known.results === enough || known.returnsAgain ? [] : [...known.seen, ...parts];
    return true;
  }
}

/** The object itself, and the buffers that it shows or holds. */
function memoryOf(result: object): Memory[] {
  if (ArrayBuffer.isView(result)) return [shownBy(result)];
  const held = Object.values(result as Record<string, unknown>).filter((value) => ArrayBuffer.isView(value));
  return [{ of: result, from: 0, to: Infinity }, ...held.map(shownBy)];
}

function shownBy({ buffer, byteOffset, byteLength }: ArrayBufferView): Memory {
  return { of: buffer, from: byteOffset, to: byteOffset + byteLength };
}

function overlap(one: Memory, other: Memory): boolean {
  return one.of === other.of && one.from < other.to && other.from < one.to;
}
