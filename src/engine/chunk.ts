import { Fifo } from './fifo.js';
import { Place } from './place.js';

/**
 * Neighbouring values that go to one worker together, and are run there one after another. Their results come in that
 * order; `reported <= length` of them have come so far.
 */
export class Chunk<T = unknown> extends Place {
  /** The position in its stream of its first value. */
  readonly index: number;
  /** The arguments after the first: of all its values, where they are not the same for all. */
  readonly #rests: readonly (readonly unknown[])[] | undefined;
  readonly #inputs: readonly T[];
  /** Where it begins and ends in `#inputs` and `#rests`, which the parts of a chunk share. */
  readonly #from: number;
  #to: number;
  #reported = 0;
  #taken = 0;
  /** Results not delivered yet: those of one report from `#cursor` on, then those of later ones. */
  #values: ArrayLike<unknown> = [];
  #cursor = 0;
  #later: Fifo<ArrayLike<unknown>> | undefined;

  constructor(
    inputs: readonly T[],
    index: number,
    rests?: readonly (readonly unknown[])[],
    from = 0,
    to = inputs.length,
  ) {
    super();
    this.#inputs = inputs;
    this.index = index;
    this.#rests = rests;
    this.#from = from;
    this.#to = to;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  get reported(): number {
    return this.#reported;
  }

  get size(): number {
    return this.#to - this.#from - this.#taken;
  }

  /** How many of its results have been taken. */
  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#reported - this.#taken;
  }

  get inputs(): readonly T[] {
    return this.#part(this.#inputs);
  }

  get rests(): readonly (readonly unknown[])[] | undefined {
    return this.#rests === undefined ? undefined : this.#part(this.#rests);
  }

  /** The input at `position`, from its start. */
  input(position: number): T {
    return this.#inputs[this.#from + position] as T;
  }

  /** The arguments after the first at `position`; `undefined` where they are the same for all. */
  rest(position: number): readonly unknown[] | undefined {
    return this.#rests?.[this.#from + position];
  }

  /** Its values from `position` on, as a chunk of their own; it keeps those before. Nothing from there on is reported. */
  split(position: number): Chunk<T> {
    const middle = this.#from + position;
    const rear = new Chunk(this.#inputs, this.index + position, this.#rests, middle, this.#to);
    rear.isUnwanted = this.isUnwanted;
    this.#to = middle;
    this.ended = this.#reported === position;
    return rear;
  }

  /** Takes in the next results. */
  bring(values: ArrayLike<unknown>): void {
    if (values.length === 0) return;
    if (this.#reported === this.#taken) {
      this.#values = values;
      this.#cursor = 0;
    } else (this.#later ??= new Fifo()).push(values);
    this.#reported += values.length;
    this.ended = this.#reported === this.length;
  }

  take(): unknown {
    const value = this.#values[this.#cursor++];
    this.#taken++;
    if (this.#cursor === this.#values.length) {
      this.#values = this.#later?.shift() ?? [];
      this.#cursor = 0;
    }
    return value;
  }

  #part<V>(all: readonly V[]): readonly V[] {
    return this.#from === 0 && this.#to === all.length ? all : all.slice(this.#from, this.#to);
  }
}
