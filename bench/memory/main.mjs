// How much memory do a million tiny tasks take, and a million rows before a slow consumer? And does a value of ten
// millions cost more than one of one million?
//
//   npm run bench:memory -- [--check] [--save] [--rounds n]

import { asyncMap, fromPull, prefetch } from 'rxjs-background';
import { alone } from '../harness/alone.mjs';
import { barsOf } from '../harness/bars.mjs';
import { count, factor, percent } from '../harness/figures.mjs';
import { interleave } from '../harness/interleave.mjs';
import { Report } from '../harness/report.mjs';
import { inProcessorTime, median, ratio, spread, times } from '../harness/statistics.mjs';
import { behindSlowConsumer, ofTinyTasks, slowly, tinily } from './contestants.mjs';

/** @typedef {{ grownMb: number, passed: number, ms: number }} Growth */

const million = 1_000_000;
const slowMs = 3000;

const report = new Report(
  'memory',
  'What is alive on the main thread, garbage collected, beyond what was alive before: the most that was seen in any look; ' +
    'each contestant alone in a process of its own. And processor time per value of streams of different lengths.',
  ['rxjs', 'piscina', 'p-map', 'streaming-iterables', 'effect'],
);
const settings = report.rounds({ rounds: 1, limitMs: 0 });

const tiny = await grown(new URL('tiny-tasks.mjs', import.meta.url), ofTinyTasks, (name) => [
  name,
  String(name === tinily.ours ? million : million / 10),
]);
tell('A million tiny tasks (of the others: a tenth of it), two threads', ofTinyTasks, tiny);

const slow = await grown(new URL('slow-consumer.mjs', import.meta.url), behindSlowConsumer, (name) => [
  name,
  String(million),
  String(slowMs),
]);
tell('A million rows, a consumer of four at once, 5 ms each, looked at for 3 s', behindSlowConsumer, slow);

const lengths = [million, 10 * million];
const rounds = inProcessorTime(
  await interleave(
    lengths.map((values) => ({ name: count(values), units: values, run: () => streamed(values) })),
    undefined,
    report.rounds({ rounds: 3, limitMs: 20_000 }),
  ),
);
/** @param {string} name */
const costs = (name) => times(rounds, name).map((ms) => 1e6 * ms);
report.table(
  `fromPull, prefetch(4), asyncMap: processor time per value, ${String(rounds.length)} rounds`,
  ['values', 'ns per value', 'spread'],
  lengths.map((values) => [
    count(values),
    median(costs(count(values))).toFixed(0),
    percent(spread(costs(count(values)))),
  ]),
);

const mostTiny = Math.max(...(tiny.get(tinily.ours) ?? []).map(({ grownMb }) => grownMb));
const mostSlow = Math.max(...(slow.get(slowly.ours) ?? []).map(({ grownMb }) => grownMb));
const flat = ratio(rounds, count(10 * million), count(million));
report.goals([
  { goal: 'a million tiny tasks grow the heap by less than 10 MB', met: mostTiny < 10, measured: megabytes(mostTiny) },
  { goal: 'a million rows before a slow consumer by less than 5 MB', met: mostSlow < 5, measured: megabytes(mostSlow) },
  {
    goal: 'a value of ten millions costs at most 1.15 × as much as one of a million',
    met: flat <= 1.15,
    measured: factor(flat),
  },
]);
report.end();

/**
 * @param {URL} script
 * @param {{ name: string }[]} contestants
 * @param {(name: string) => string[]} args
 */
async function grown(script, contestants, args) {
  /** @type {Map<string, Growth[]>} */
  const all = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < settings.rounds; round++) {
    for (const { name } of contestants) all.get(name)?.push(await alone(script, args(name)));
  }
  return all;
}

/**
 * @param {string} title
 * @param {{ name: string, kind?: import('../harness/interleave.mjs').Kind }[]} contestants
 * @param {Map<string, Growth[]>} growths
 */
function tell(title, contestants, growths) {
  /** @param {string} name */
  const grownMb = (name) => (growths.get(name) ?? []).map((growth) => growth.grownMb);
  report.table(
    title,
    ['', 'grown by', 'items', 'items/s'],
    contestants.map(({ name }) => {
      const all = growths.get(name) ?? [];
      return [
        name,
        megabytes(median(grownMb(name))),
        median(all.map(({ passed }) => passed)).toFixed(0),
        median(all.map(({ passed, ms }) => (1000 * passed) / ms)).toFixed(0),
      ];
    }),
  );
  report.bars({ title: `${title}: MB`, better: 'less is better', bars: barsOf(contestants, grownMb, megabytes) });
}

/** @param {number} values */
async function streamed(values) {
  let passed = 0;
  await fromPull(() => numbers(values))
    .pipe(
      prefetch(4),
      asyncMap((x) => Promise.resolve(x)),
    )
    .forEach(() => {
      passed++;
    });
  if (passed !== values) throw new Error(`${String(passed)} of ${String(values)} values came through`);
}

/** @param {number} n */
function* numbers(n) {
  for (let i = 0; i < n; i++) yield i;
}

/** @param {number} mb */
function megabytes(mb) {
  return `${mb.toFixed(1)} MB`;
}
