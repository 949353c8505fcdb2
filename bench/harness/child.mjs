import { fork } from 'node:child_process';
import { constants } from 'node:os';
import { addProcess } from './processor-time.mjs';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Said } from './answer.mjs' */

/** Who has not answered by then never will. */
const limitMs = 60_000;

/** @type {Set<ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const one of running) one.kill('SIGKILL');
});
for (const signal of /** @type {const} */ (['SIGHUP', 'SIGINT', 'SIGTERM'])) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

/**
 * A process that runs a script, and answers with `answer`. It stays until it is ended, or this process ends, which it does
 * not keep from doing so. Its death, or its silence, fails whoever waits for an answer; what it says on the way is printed.
 */
export class Child {
  #name;
  #process;
  #usedMs = 0;
  /** @type {string | undefined} */
  #death;
  /**
   * Takes the next answer, or why there will be none.
   *
   * @type {((said: Said | string) => void) | undefined}
   */
  #take;

  /**
   * @param {string} name for when it fails
   * @param {URL} script
   * @param {string[]} args
   * @param {string[]} [nodeOptions]
   */
  constructor(name, script, args, nodeOptions = []) {
    this.#name = name;
    this.#process = fork(script, args, { execArgv: [...process.execArgv, ...nodeOptions] })
      .on('message', (said) => this.#take?.(/** @type {Said} */ (said)))
      .on('error', ({ message }) => this.#died(message))
      .on('exit', (code, signal) => this.#died(`its process ended with ${signal ?? `code ${String(code)}`}`));
    running.add(this.#process);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /**
   * What it says next, having been asked this.
   *
   * @param {unknown} [question]
   * @returns {Promise<unknown>}
   */
  answer(question) {
    return new Promise((resolve, reject) => {
      const hung = setTimeout(() => this.#take?.(`no answer within ${String(limitMs / 1000)} s`), limitMs);
      this.#take = (said) => {
        clearTimeout(hung);
        if (typeof said === 'string') return reject(new Error(`${this.#name}: ${said}`));
        addProcess(said.processorMs - this.#usedMs);
        this.#usedMs = said.processorMs;
        resolve(said.answer);
      };
      if (this.#death !== undefined) this.#take(this.#death);
      else if (question !== undefined) this.#process.send(/** @type {object} */ (question));
    });
  }

  /** Ends it, and waits until it is gone. */
  end() {
    return new Promise((resolve) => {
      this.#process.once('exit', resolve).ref();
      this.#process.kill('SIGKILL');
    });
  }

  /** @param {string} how */
  #died(how) {
    running.delete(this.#process);
    this.#death = how;
    this.#take?.(how);
  }
}
