import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** @import { Pool } from './pool.mjs' */

/** A worker and those who wait for its answers, which come in the order of the messages. */
class Line {
  /** @type {((answer: unknown) => void)[]} */
  #waiting = [];
  #worker;

  /** @param {string} task */
  constructor(task) {
    this.#worker = new Worker(new URL('../workers/raw.mjs', import.meta.url), { workerData: task });
    this.#worker.on('message', (answer) => this.#waiting.shift()?.(answer));
  }

  /**
   * @template Message
   * @param {Message} message
   * @returns {Promise<Message>}
   */
  send(message) {
    this.#worker.postMessage(message);
    /** @type {Promise<unknown>} */
    const answer = new Promise((resolve) => this.#waiting.push(resolve));
    return /** @type {Promise<Message>} */ (answer);
  }

  /** @param {Int32Array} gate */
  async spin(gate) {
    this.#worker.postMessage(gate);
    await once(this.#worker, 'exit');
    throw new Error('terminated');
  }

  close() {
    return this.#worker.terminate();
  }
}

/**
 * Worker threads that take messages in turn, with no library between.
 *
 * @param {number} threads
 * @param {'increment' | 'work'} task
 * @returns {Pool & { send<Message extends number | number[]>(message: Message): Promise<Message> }}
 */
export function open(threads, task = 'increment') {
  const lines = Array.from({ length: threads }, () => new Line(task));
  let turn = 0;
  const next = () => /** @type {Line} */ (lines[turn++ % threads]);
  return {
    send: (message) => next().send(message),
    increment: (x) => next().send(x),
    spin: (gate) => {
      const running = next();
      const abort = () => {
        void running.close();
        lines[lines.indexOf(running)] = new Line(task);
      };
      return { ended: running.spin(gate), abort };
    },
    close: () => Promise.all(lines.map((line) => line.close())),
  };
}
