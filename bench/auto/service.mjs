/**
 * How long a call takes when nobody waits: always the same, half as much more or less, or, with the same mean, anything.
 *
 * @typedef {'steady' | 'uneven' | 'wild'} Noise
 */

/**
 * What happens to calls beyond those that the servers take: they wait, all become slower than in turn, or they are refused.
 *
 * @typedef {'wait' | 'slower' | 'refused'} Beyond
 */

/**
 * @typedef {object} Plan
 * @property {(now: number) => number} servers how many calls are served at once
 * @property {(now: number) => number} [taskMs] the mean time of a call; default 100
 * @property {Noise} [noise] default `'steady'`
 * @property {Beyond} [beyond] default `'wait'`
 * @property {number} [failShare] of the calls, failed whatever the load is; default 0
 */

/**
 * Where a service lives: the time, and how to wait.
 *
 * @typedef {object} Clock
 * @property {() => number} now
 * @property {(ms: number, work: () => void) => void} after
 */

/** A simulated service that saturates. */
export class Service {
  #plan;
  #clock;
  #random;
  /** Calls that are served, and, oldest first, those that wait. */
  #served = 0;
  /** @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {Plan} plan
   * @param {Clock} clock
   * @param {number} seed
   */
  constructor(plan, clock, seed) {
    this.#plan = plan;
    this.#clock = clock;
    this.#random = randomFrom(seed);
  }

  /**
   * A call. `settle` is told, later, whether it has failed.
   *
   * @param {(hasFailed: boolean) => void} settle
   * @returns {() => void} the caller has gone: what waits is forgotten, what is served goes on
   */
  call(settle) {
    const { beyond = 'wait', failShare = 0 } = this.#plan;
    const servers = this.#servers();
    const hasFailed = this.#random() < failShare;
    const serve = (slower = 1) => {
      this.#served++;
      this.#clock.after(this.#taskMs() * slower, () => {
        this.#served--;
        settle(hasFailed);
        while (this.#served < this.#servers() && this.#waiting.length > 0) this.#waiting.shift()?.();
      });
    };
    if (beyond === 'slower') serve(Math.max(1, (this.#served + 1) / servers) ** 1.5);
    else if (this.#served < servers) serve();
    else if (beyond === 'refused') this.#clock.after(25, () => settle(true));
    else {
      this.#waiting.push(serve);
      return () => {
        const at = this.#waiting.indexOf(serve);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
    }
    return () => undefined;
  }

  #servers() {
    return this.#plan.servers(this.#clock.now());
  }

  #taskMs() {
    const { taskMs = () => 100, noise = 'steady' } = this.#plan;
    const mean = taskMs(this.#clock.now());
    if (noise === 'steady') return mean;
    return noise === 'uneven' ? mean * (0.5 + this.#random()) : -mean * Math.log(1 - this.#random());
  }
}

/**
 * Numbers from 0 to 1 that look random, the same ones for the same seed: mulberry32.
 *
 * @param {number} seed
 * @returns {() => number}
 */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
