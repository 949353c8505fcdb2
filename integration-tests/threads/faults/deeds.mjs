/**
 * What a task can do, how often it does, and what the caller has to be told.
 *
 * @typedef {object} Deed
 * @property {string} name
 * @property {number} weight how often, out of all weights
 * @property {() => unknown} [given] given with it
 * @property {string} [task] called in place of `act`
 * @property {boolean} [endless] it ends only by being stopped
 * @property {boolean} [streams] its result is a stream, of one value or none
 * @property {(outcome: Outcome, n: number) => boolean} expected
 *
 * @typedef {{ readonly value: unknown } | { readonly error: unknown }} Outcome
 */

/** @type {(name: string) => (outcome: Outcome) => boolean} */
const failsWith = (name) => (outcome) => 'error' in outcome && /** @type {Error} */ (outcome.error)?.name === name;
/** @type {(outcome: Outcome, n: number) => boolean} */
const givesNumber = (outcome, n) => 'value' in outcome && outcome.value === n;

/** @type {Deed[]} */
export const deeds = [
  { name: 'fine', weight: 500, expected: givesNumber },
  { name: 'later', weight: 120, expected: givesNumber },
  { name: 'throws', weight: 80, expected: failsWith('TypeError') },
  { name: 'rejects', weight: 60, expected: failsWith('RangeError') },
  { name: 'throwsText', weight: 20, expected: (outcome) => 'error' in outcome && outcome.error === 'text' },
  { name: 'throwsNothing', weight: 20, expected: (outcome) => 'error' in outcome && outcome.error === undefined },
  { name: 'cannotBeSent', weight: 20, expected: failsWith('TaskCloneError') },
  { name: 'takesFunction', weight: 20, given: () => () => 1, expected: failsWith('TaskCloneError') },
  { name: 'nobody', weight: 10, task: 'nobody', expected: failsWith('TaskNotFoundError') },
  { name: 'streams', weight: 20, streams: true, expected: givesNumber },
  { name: 'streamsLater', weight: 20, streams: true, expected: givesNumber },
  { name: 'streamsAndFails', weight: 10, streams: true, expected: failsWith('RangeError') },
  { name: 'streamsForEver', weight: 2, streams: true, endless: true, expected: () => false },
  { name: 'exits', weight: 8, expected: failsWith('WorkerCrashError') },
  { name: 'uncaught', weight: 8, expected: failsWith('WorkerCrashError') },
  { name: 'unhandled', weight: 8, expected: failsWith('WorkerCrashError') },
  // What it leaves behind must hit nobody.
  { name: 'failsLater', weight: 15, expected: givesNumber },
  { name: 'eatsMemory', weight: 1, expected: failsWith('WorkerCrashError') },
  { name: 'spins', weight: 3, endless: true, expected: () => false },
  { name: 'hangs', weight: 3, endless: true, expected: () => false },
  { name: 'stopsWhenTold', weight: 5, endless: true, expected: () => false },
  { name: 'stopsOnAbort', weight: 5, endless: true, expected: () => false },
];

/** These kill the thread that runs them. */
export const killers = new Set(['exits', 'uncaught', 'unhandled', 'eatsMemory']);

/** The same numbers for the same seed. */
export class Dice {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, not including, 1 (mulberry32). */
  roll() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /**
   * A whole number from 0 up to, not including, `limit`.
   *
   * @param {number} limit
   */
  below(limit) {
    return Math.floor(this.roll() * limit);
  }

  /** @param {number} share */
  chance(share) {
    return this.roll() < share;
  }

  /** @returns {Deed} */
  deed() {
    let left = this.roll() * deeds.reduce((sum, { weight }) => sum + weight, 0);
    return deeds.find(({ weight }) => (left -= weight) < 0) ?? /** @type {Deed} */ (deeds[0]);
  }
}
