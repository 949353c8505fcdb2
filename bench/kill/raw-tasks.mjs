import { parentPort } from 'node:worker_threads';
import { increment, spin } from './tasks.mjs';

parentPort?.on('message', ({ gate, x }) => {
  if (gate === undefined) parentPort?.postMessage(increment(x));
  else spin(gate);
});
