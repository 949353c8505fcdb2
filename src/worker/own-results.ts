/** So many results with nothing in common show that a task makes each anew. */
const enough = 4;

/** An object, or the part of a buffer that is shown. */
interface Memory {
  readonly of: unknown;
  readonly from: number;
  readonly to: number;
}

/**
 * Finds out whether a task may change what it has returned: one that fills the same buffer for each call must have every
 * result copied before the next call begins.
 */
export class OwnResults {
  /** What its first results were made of; empty once that is settled. */
  #seen: readonly Memory[] = [];
  #count = 0;
  /** It has returned something twice. */
  #returnsAgain = false;

  /** Whether the task's next call may change `result`, the latest, as far as is known. */
  mayChange(result: unknown): boolean {
    if (typeof result !== 'object' || result === null) return false;
    if (this.#returnsAgain) return true;
    if (this.#count === enough) return false;
    const parts = memoryOf(result);
    this.#count++;
    this.#returnsAgain = parts.some((part) => this.#seen.some((other) => overlap(part, other)));
    this.#seen = this.#count === enough || this.#returnsAgain ? [] : [...this.#seen, ...parts];
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
