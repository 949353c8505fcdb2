import { Observable, type Subscriber } from 'rxjs';
import { type World } from './world.js';

interface ForeignValve {
  readonly held: boolean;
  hold(): () => void;
}

/** The protocol as it is documented, written without the package: what a stranger's source would do. */
const slot = Symbol.for('rxjs-background.valve/1');
const realm = globalThis as { [slot]?: ForeignValve | undefined };

/** A pausable source that knows the protocol only, and counts the holds on it. */
export function spySource(
  world: World,
  values: readonly number[],
  delays: readonly number[],
  failure: { thrown: unknown } | null,
): Observable<number> {
  return new Observable((subscriber) => new SpyRun(world, values, delays, failure, subscriber).close);
}

class SpyRun implements ForeignValve {
  readonly #world: World;
  readonly #values: readonly number[];
  readonly #delays: readonly number[];
  readonly #failure: { thrown: unknown } | null;
  readonly #subscriber: Subscriber<number>;
  #holds = 0;
  #index = 0;
  #waiting = false;
  #running = false;
  #waited = false;
  #ended = false;

  constructor(
    world: World,
    values: readonly number[],
    delays: readonly number[],
    failure: { thrown: unknown } | null,
    subscriber: Subscriber<number>,
  ) {
    this.#world = world;
    world.hasStranger = true;
    this.#values = values;
    this.#delays = delays;
    this.#failure = failure;
    this.#subscriber = subscriber;
    this.#run();
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  hold(): () => void {
    this.#holds++;
    const closed = this.#world.opened('hold on a spy');
    let released = false;
    return () => {
      if (released) return;
      released = true;
      closed();
      if (--this.#holds > 0) return;
      const previous = realm[slot];
      realm[slot] = undefined;
      this.#run();
      realm[slot] = previous;
    };
  }

  readonly close = (): void => {
    this.#ended = true;
  };

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    while (!this.#ended && !this.#subscriber.closed && this.#holds === 0 && !this.#waiting) this.#step();
    this.#running = false;
  }

  #step(): void {
    const delay = this.#delays[this.#index % this.#delays.length] as number;
    if (delay > 0 && !this.#waited) {
      this.#waiting = true;
      this.#subscriber.add(
        this.#world.clock.after(delay, () => {
          this.#waiting = false;
          this.#waited = true;
          this.#run();
        }),
      );
      return;
    }
    this.#waited = false;
    const previous = realm[slot];
    realm[slot] = this;
    if (this.#index < this.#values.length) this.#subscriber.next(this.#values[this.#index++] as number);
    else {
      this.#ended = true;
      if (this.#failure === null) this.#subscriber.complete();
      else this.#subscriber.error(this.#failure.thrown);
    }
    realm[slot] = previous;
  }
}
