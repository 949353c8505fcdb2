import { Child } from './child.mjs';

/** @import { Contestant, Kind } from './interleave.mjs' */
/** @import { Run, Taken } from './timed.mjs' */

/**
 * One way to do what is measured, in a process of its own.
 *
 * @template Input
 * @template [Given=unknown]
 * @typedef {object} Entrant
 * @property {string} name
 * @property {() => Run<Input> | Promise<Run<Input>>} open opens what it takes, in that process, and gives what is to be run there
 * @property {(given: Given) => boolean} [takesPart] for which inputs; default: all
 * @property {Kind} [kind] how its bar is coloured; default: a peer's
 */

/**
 * What `contestant-process.mjs` takes from a module.
 *
 * @template Given, Input
 * @typedef {object} Contest
 * @property {readonly Entrant<Input, Given>[]} contestants
 * @property {(given: Given) => Input} inputFor makes what they are run on from what can be sent to them
 */

const script = new URL('contestant-process.mjs', import.meta.url);
/** An idle heap is given back to the machine, and would have to grow again in every turn. */
const nodeOptions = ['--no-memory-reducer'];

/**
 * Gives each contestant a process of its own, which starts when it is first run and stays until the end: nobody has to
 * live with the heap, the threads and the compiled code of another. One of them runs at a time, and all others
 * wait for a message.
 *
 * @template Given, Input
 * @param {URL} module
 * @param {Contest<Given, Input>} contest what it exports
 * @returns {Contestant<Given>[]}
 */
export function apart(module, { contestants }) {
  return contestants.map(({ name, takesPart = () => true, kind = 'peer' }) => {
    /** @type {Child | undefined} */
    let child;
    return {
      name,
      takesPart,
      kind,
      run: async (given) => {
        child ??= new Child(name, script, [module.href, name], nodeOptions);
        return /** @type {Taken} */ (await child.answer(given));
      },
    };
  });
}
