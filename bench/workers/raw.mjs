// A worker without a library: it runs the task that it was made for on each value, or on each of an array.
import { parentPort, workerData } from 'node:worker_threads';
import { spin, increment, work } from './tasks.mjs';

/** @type {(value: number) => number} */
const task = workerData === 'work' ? work : increment;

parentPort?.on('message', (/** @type {number | number[] | Int32Array} */ message) => {
  if (message instanceof Int32Array) spin(message);
  else parentPort?.postMessage(typeof message === 'number' ? task(message) : message.map((value) => task(value)));
});
