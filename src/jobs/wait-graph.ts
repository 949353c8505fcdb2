/** So many at once: the slots of an executor, or the workers of a runner. */
export interface Places {
  readonly name: string;
  /** How many there are. Read at each question, since it may change. */
  readonly capacity: number;
}

/** Who holds a place, by what it is a place of. */
const holders = new WeakMap<Places, Set<Waiter>>();

/**
 * One who needs others to go on: those it waits for, all of them, and, while it queues, any one of those who hold the
 * places. Nobody in here is stuck for good: the wait that would bring that about is refused.
 */
export class Waiter {
  /** For messages. */
  readonly label: string;
  /** Whom it waits for, and how often. */
  readonly #waitsFor = new Map<Waiter, number>();
  /** Of these waits, those that end rather than close a circle, and who is told. */
  readonly #yielding = new Map<Waiter, readonly (() => void)[]>();
  /** What it needs a place of; `undefined` when it needs none, or has it. */
  #queuesFor: Places | undefined;
  readonly #holds = new Set<Places>();
  #over = false;

  constructor(label: string) {
    this.label = label;
  }

  /** It needs a place. Returns the circle when none can ever come free. */
  queue(places: Places): readonly string[] | undefined {
    this.#queuesFor = places;
    return this.#circle();
  }

  /** It has got a place. */
  take(places: Places): void {
    if (this.#over) return;
    this.#queuesFor = undefined;
    this.#holds.add(places);
    const held = holders.get(places);
    if (held === undefined) holders.set(places, new Set([this]));
    else held.add(this);
  }

  /** It waits for `other` from now on. Returns the circle, and does not wait, when neither could ever go on then. */
  wait(other: Waiter): readonly string[] | undefined {
    const times = this.#waitsFor.get(other) ?? 0;
    this.#waitsFor.set(other, times + 1);
    if (times > 0) return undefined;
    const circle = this.#circle();
    if (circle !== undefined) this.#waitsFor.delete(other);
    return circle;
  }

  /** It waits for `other` no longer, once for each {@link Waiter.wait}. */
  stopWaiting(other: Waiter): void {
    const times = this.#waitsFor.get(other) ?? 0;
    if (times > 1) this.#waitsFor.set(other, times - 1);
    else this.#waitsFor.delete(other);
  }

  /**
   * It waits for `other` from now on, as long as that closes no circle: then, now or later, this wait ends, and `yielded`
   * is told.
   */
  waitUnlessNeeded(other: Waiter, yielded: () => void): void {
    const told = this.#yielding.get(other) ?? [];
    this.#yielding.set(other, [...told, yielded]);
    this.wait(other);
  }

  /** It is over: it waits for nobody, and its places are free. */
  end(): void {
    this.#over = true;
    this.#waitsFor.clear();
    this.#yielding.clear();
    this.#queuesFor = undefined;
    for (const places of this.#holds) holders.get(places)?.delete(this);
    this.#holds.clear();
  }

  /** Those who could give it a place. Empty when it needs none, or when somebody else, who is not known here, can. */
  #givers(): ReadonlySet<Waiter> {
    const places = this.#queuesFor;
    const held = places === undefined ? undefined : holders.get(places);
    return places === undefined || held === undefined || held.size < places.capacity ? none : held;
  }

  /** Whether it comes to its end, once all of `ending` have come to theirs. */
  #ends(ending: ReadonlySet<Waiter>): boolean {
    for (const other of this.#waitsFor.keys()) if (!ending.has(other)) return false;
    const givers = this.#givers();
    if (givers.size === 0) return true;
    for (const giver of givers) if (ending.has(giver)) return true;
    return false;
  }

  /** Who has to wait for whom, from here and back to here, when this one would never end. */
  #circle(): readonly string[] | undefined {
    const involved = new Set<Waiter>([this]);
    // A set is walked to its end while it grows.
    for (const one of involved) for (const other of one.#needs()) involved.add(other);
    const ending = new Set<Waiter>();
    // The farthest first: a chain without a circle is done in one round.
    const farthestFirst = [...involved].reverse();
    let before: number;
    do {
      before = ending.size;
      for (const one of farthestFirst) if (!ending.has(one) && one.#ends(ending)) ending.add(one);
    } while (ending.size > before);
    if (ending.has(this)) return undefined;
    let yielded = false;
    for (const one of involved) if (!ending.has(one) && one.#yield()) yielded = true;
    return yielded ? this.#circle() : this.#wayBack(ending);
  }

  /** Gives up the waits that are no need; false when there are none. */
  #yield(): boolean {
    const waits = [...this.#yielding];
    this.#yielding.clear();
    for (const [other, told] of waits) {
      for (const yielded of told) {
        this.stopWaiting(other);
        yielded();
      }
    }
    return waits.length > 0;
  }

  *#needs(): Iterable<Waiter> {
    yield* this.#waitsFor.keys();
    yield* this.#givers();
  }

  /** The shortest way over those who never end, back to this one. */
  #wayBack(ending: ReadonlySet<Waiter>): readonly string[] {
    const cameFrom = new Map<Waiter, Waiter>();
    const reached = new Set<Waiter>([this]);
    for (const one of reached) {
      for (const other of one.#needs()) {
        if (ending.has(other)) continue;
        if (other === this) return this.#named(one, cameFrom);
        if (!reached.has(other)) cameFrom.set(other, one);
        reached.add(other);
      }
    }
    return [this.label];
  }

  #named(last: Waiter, cameFrom: ReadonlyMap<Waiter, Waiter>): readonly string[] {
    const way: Waiter[] = [];
    for (let one: Waiter | undefined = last; one !== undefined; one = cameFrom.get(one)) way.unshift(one);
    const names = way.flatMap((one, position) => {
      const places = one.#waitsFor.has(way[position + 1] ?? this) ? undefined : one.#queuesFor;
      return places === undefined ? [one.label] : [one.label, `a place of ${places.name}`];
    });
    return [...names, this.label];
  }
}

const none: ReadonlySet<Waiter> = new Set();
