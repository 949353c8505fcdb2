// Three tasks that never end. Ctrl-C ends them, and the program with 130.
import { runJob } from 'rxjs-background/jobs';
import { threads } from 'rxjs-background/node';
import type * as tasks from './tasks.js';

const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: 3 });
const begun = new Int32Array(new SharedArrayBuffer(4));
const sayWhenBusy = setInterval(() => {
  if (Atomics.load(begun, 0) < 3) return;
  clearInterval(sayWhenBusy);
  console.log('busy');
}, 10);

await runJob({
  task: pool.tasks.busyLoop,
  items: [begun, begun, begun],
  handleInterrupt: (signal) => {
    console.log(`cleaned up after ${signal}`);
  },
});
