// Faults of every kind, at random, for as many tasks or as long as one likes; then everything has to be as before.
//
//   node --expose-gc integration-tests/threads/faults/soak.mjs [--tasks 10000] [--minutes 60] [--seed n]
//
// Needs the build. Ends with code 1 at the first wrong outcome, or when anything is left over.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { threads } from 'rxjs-background/node';
import { Dice } from './deeds.mjs';
import { cancelRound, checkCapacity, leftRound, streamRound } from './rounds.mjs';

const { values } = parseArgs({
  options: { tasks: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
const minutes = values.minutes === undefined ? 0 : Number(values.minutes);
const tasks = values.tasks === undefined ? (minutes > 0 ? 0 : 10_000) : Number(values.tasks);
if (![seed, minutes, tasks].every((number) => number >= 0)) throw new RangeError('--seed, --minutes, --tasks: numbers');
console.log(
  `seed ${String(seed)}: ${tasks > 0 ? `${String(tasks)} tasks` : ''}${minutes > 0 ? `${String(minutes)} minutes` : ''}`,
);

const { gc } = /** @type {{ gc?: () => void }} */ (globalThis);
if (gc === undefined) throw new Error('node needs --expose-gc here');

/** @type {Map<string, number>} */
const warnings = new Map();
process.on('warning', ({ name, message }) => {
  const key = `${name}: ${message.replaceAll(/\d+/g, 'n')}`;
  warnings.set(key, (warnings.get(key) ?? 0) + 1);
});

// Counted where they are made, until they have exited: the system lists a thread for a moment longer.
let liveThreads = 0;
let mostThreads = 0;
/** @type {typeof import('node:worker_threads')} */
const workerThreads = createRequire(import.meta.url)('node:worker_threads');
workerThreads.Worker = class extends workerThreads.Worker {
  /** @param {ConstructorParameters<typeof import('node:worker_threads').Worker>} given */
  constructor(...given) {
    super(...given);
    mostThreads = Math.max(mostThreads, ++liveThreads);
    // First in line, so that whoever starts another on this event finds it counted.
    this.prependListener('exit', () => liveThreads--);
  }
};

const dice = new Dice(seed);
const size = { maxThreads: 2, spareThreads: 1 };
const rounds = [cancelRound, streamRound, leftRound];
let done = 0;

/** @param {{ readonly tasks: number, readonly ms: number }} until */
async function play(until) {
  const pool = /** @type {import('./rounds.mjs').Pool} */ (
    threads(new URL('../../fixtures/fault-tasks.mjs', import.meta.url), {
      ...size,
      idleTimeoutMs: dice.chance(0.5) ? 20 : 60_000,
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
    })
  );
  const begin = { done, time: performance.now() };
  while (done - begin.done < until.tasks && performance.now() - begin.time < until.ms) {
    const round = /** @type {typeof cancelRound} */ (rounds[dice.below(rounds.length)]);
    const count = 20 + dice.below(200);
    await round(pool, dice, count);
    await checkCapacity(pool);
    done += count;
  }
  await pool.close();
}

// Once before anything is measured: what is loaded and compiled stays.
await play({ tasks: 500, ms: Infinity });
const before = state();
done = 0;
mostThreads = 0;
const start = performance.now();
// Several pools, one after the other, so that what a closed one leaves behind adds up.
while ((minutes > 0 && performance.now() - start < minutes * 60_000) || done < tasks) {
  await play({ tasks: tasks > 0 ? Math.max(1, Math.min(2500, tasks - done)) : 2500, ms: Infinity });
  if (minutes > 0)
    console.log(
      `${String(Math.round((performance.now() - start) / 1000))} s: ${String(done)} tasks, ${inWords(state())}`,
    );
}
for (let turn = 0; turn < 1000 && threadCount() > before.threads; turn++)
  await new Promise((resolve) => setImmediate(resolve));
const after = state();

console.log(
  `${String(done)} tasks in ${((performance.now() - start) / 1000).toFixed(1)} s, at most ${String(mostThreads)} threads at once.`,
);
console.log(`before: ${inWords(before)}`);
console.log(`after:  ${inWords(after)}`);
for (const [warning, count] of warnings) console.log(`${String(count)} × ${warning}`);

/** @type {string[]} */
const wrong = [];
if (mostThreads > size.maxThreads + size.spareThreads)
  wrong.push('there were more threads than maxThreads + spareThreads');
if (after.threads > before.threads || liveThreads > 0) wrong.push('threads are left');
if (after.resources !== before.resources) wrong.push('timers or ports are left');
if (after.listeners !== before.listeners) wrong.push('listeners are left');
if (after.heapMb - before.heapMb > 8) wrong.push('memory has not come back');
if ([...warnings.keys()].some((warning) => !warning.startsWith('BackgroundWarning')))
  wrong.push('the process was warned');
console.log(wrong.length === 0 ? 'All is as before.' : `WRONG: ${wrong.join(', ')}. Seed ${String(seed)}.`);
process.exitCode = wrong.length === 0 ? 0 : 1;

function threadCount() {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}

function state() {
  for (let i = 0; i < 3; i++) gc?.();
  const resources = process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|Port|Worker/.test(kind));
  return {
    threads: threadCount(),
    resources: resources.sort().join(),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapMb: process.memoryUsage().heapUsed / 1e6,
    rssMb: process.memoryUsage().rss / 1e6,
  };
}

/** @param {ReturnType<typeof state>} shown */
function inWords({ threads: count, resources, listeners, heapMb, rssMb }) {
  return `${String(count)} threads, ${resources || 'no timer or port'}, ${String(listeners)} listeners, heap ${heapMb.toFixed(1)} MB, resident ${rssMb.toFixed(0)} MB`;
}
