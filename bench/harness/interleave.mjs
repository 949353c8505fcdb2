import { setTimeout as pause } from 'node:timers/promises';
import { timed } from './timed.mjs';

/** @import { Run } from './timed.mjs' */

/** @typedef {'ours' | 'peer' | 'reference'} Kind a reference is no library: it is there to compare with */

/**
 * One way to do what is measured.
 *
 * @template Input
 * @typedef {object} Contestant
 * @property {string} name
 * @property {Run<Input>} run
 * @property {(input: Input) => boolean} [takesPart] for which inputs; default: all
 * @property {number} [units] how much it does in a run, where not all do the same: times are for one of them
 * @property {Kind} [kind] how its bar is coloured; default: a peer's
 * */

/**
 * @typedef {object} Settings
 * @property {number} rounds at least one is run
 * @property {number} limitMs no round is begun after this long
 * @property {number} [settleMs] how long to wait before each turn; default 5
 * @property {number} [repeat] how often a turn runs what it measures; default 1
 */

/**
 * @typedef {object} Round
 * @property {Map<string, number>} ms what one turn of every contestant took, for each of its units
 * @property {Map<string, number>} processorMs what it took of the processors, all threads together
 */

/**
 * Runs every contestant once a round, in turn: a busy moment of the machine falls on all of them, and a ratio of two
 * compares runs that were neighbours. Each round begins with another contestant, and every other one goes backwards, so
 * that nobody always sweeps up after the same neighbour.
 *
 * @template Input
 * @param {Contestant<Input>[]} contestants
 * @param {Input} input
 * @param {Settings} settings
 * @returns {Promise<Round[]>}
 */
export async function interleave(contestants, input, { rounds, limitMs, settleMs = 5, repeat = 1 }) {
  const playing = contestants.filter(({ takesPart }) => takesPart?.(input) ?? true);
  const start = performance.now();
  /** @type {Round[]} */
  const played = [];
  while (played.length < rounds && (played.length === 0 || performance.now() - start < limitMs)) {
    const shift = played.length % playing.length;
    const order = [...playing.slice(shift), ...playing.slice(0, shift)];
    if (played.length % 2 === 1) order.reverse();
    /** @type {Map<string, number>} */
    const ms = new Map();
    /** @type {Map<string, number>} */
    const used = new Map();
    for (const { name, run, units = 1 } of order) {
      // Lets the timers and streams of the last run end. Its garbage is left to the collector: forcing it would throw
      // away compiled code, which nothing but a benchmark does.
      if (settleMs > 0) await pause(settleMs);
      const taken = { ms: 0, processorMs: 0 };
      for (let i = 0; i < repeat; i++) {
        const once = await timed(run, input);
        taken.ms += once.ms;
        taken.processorMs += once.processorMs;
      }
      ms.set(name, taken.ms / repeat / units);
      used.set(name, taken.processorMs / repeat / units);
    }
    played.push({ ms, processorMs: used });
  }
  return played;
}
