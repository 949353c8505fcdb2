import { setImmediate as immediate } from 'node:timers/promises';
import Table from 'cli-table3';
import { inline } from 'rxjs-background';
import { tap, type Observable } from 'rxjs';
import { farAway, type Connection } from './connect.js';
import { Database } from './database.js';
import type { City, Place } from './model.js';
import type { Options } from './options.js';
import { searchEclipses, type NextEclipse } from './pipeline.js';
import { seconds } from './screen.js';
import { nextEclipse } from './tasks.js';

const slice = 100;
const page = 20;
const rounds = 3;

const variants = [
  { name: 'plain', label: 'plain', ahead: 0, onThreads: false },
  { name: 'ahead', label: '+ prefetch(2)', ahead: 2, onThreads: false },
  { name: 'threaded', label: '+ threads', ahead: 0, onThreads: true },
  { name: 'both', label: '+ both', ahead: 2, onThreads: true },
] as const;

type Variant = (typeof variants)[number]['name'];

/** One run of a variant. */
interface Run {
  readonly totalMs: number;
  /** How long it had to wait for pages, where nothing else went on meanwhile. */
  readonly readingMs: number;
}

/** The quickest run of a variant. */
interface Timing extends Run {
  /** How much longer the second quickest took: what differs by less differs by chance. */
  readonly noise: number;
}

type Timings = Readonly<Record<Variant, Timing>>;

export interface Comparison {
  readonly connection: Connection;
  /** The search on threads. */
  readonly onThreads: NextEclipse;
  readonly options: Options;
  readonly stop$: Observable<unknown>;
}

/** Runs one pipeline over the same cities with and without its two accelerators, and says in words what each is worth. */
export async function compare(comparison: Comparison): Promise<void> {
  const { limit, roundTripMs, threads } = comparison.options;
  const cities = Math.min(slice, limit);
  console.log(
    `\nThe same pipeline over ${String(cities)} cities in pages of ${String(page)}, the best of ${String(rounds)} runs, ${String(threads)} threads:`,
  );
  const far = roundTripMs === 0 ? 40 : roundTripMs;
  const near = await measure(comparison, 0);
  const distant = near === undefined ? undefined : await measure(comparison, far);
  if (near === undefined || distant === undefined) {
    process.exitCode = 130;
    return console.log('Stopped: the comparison is left out, the answer is complete.');
  }
  const table = new Table({
    head: ['', 'database as it is', `round trip of ${String(far)} ms (simulated)`],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, label } of variants)
    table.push([label, cell(near[name], near.plain), cell(distant[name], distant.plain)]);
  console.log(table.toString());
  console.log(inWords('With the database as it is,', near));
  console.log(inWords(`With ${String(far)} ms to the database,`, distant));
}

function cell({ totalMs }: Timing, plain: Timing): string {
  return `${seconds(totalMs)}  ${(plain.totalMs / totalMs).toFixed(2)} ×`;
}

/** What prefetch is worth, from the figures. */
function inWords(where: string, { plain, ahead, threaded, both }: Timings): string {
  return `${where}\n  on this thread, prefetch ${worth(plain, ahead)};\n  on top of threads, prefetch ${worth(threaded, both)}.`;
}

function worth(without: Timing, having: Timing): string {
  const waiting = without.readingMs / without.totalMs;
  const saved = 1 - having.totalMs / without.totalMs;
  const noise = Math.max(0.02, without.noise, having.noise);
  // Waiting for pages is all that reading ahead can save: where there is next to none, a better time is luck.
  if (waiting < 0.05) return `gains nothing: waiting for pages takes ${percent(waiting)} of the time`;
  if (Math.abs(saved) < noise) return `gains nothing that shows: runs differ by ${percent(noise)} among themselves`;
  return `${saved > 0 ? 'saves' : 'costs'} ${percent(Math.abs(saved))}: waiting for pages took ${percent(waiting)} of the time`;
}

function percent(share: number): string {
  return `${String(Math.round(100 * share))} %`;
}

/** The search on this thread. The event loop turns before each city, so that answers and Ctrl-C get through. */
const here = inline({
  nextEclipse: async (place: Place, from: Date) => {
    await immediate();
    return nextEclipse(place, from);
  },
});

/** The quickest of some runs of each variant, or `undefined` when it was stopped. */
async function measure(comparison: Comparison, roundTripMs: number): Promise<Timings | undefined> {
  const runs: Record<Variant, Run[]> = { plain: [], ahead: [], threaded: [], both: [] };
  for (let round = 0; round < rounds; round++) {
    // In turn, so that a busy moment of the machine does not fall on one variant alone.
    for (const { name, ahead, onThreads } of variants) {
      const run = await time(comparison, roundTripMs, ahead, onThreads ? comparison.onThreads : here.tasks.nextEclipse);
      if (run === undefined) return undefined;
      runs[name].push(run);
    }
  }
  return { plain: best(runs.plain), ahead: best(runs.ahead), threaded: best(runs.threaded), both: best(runs.both) };
}

function best(runs: readonly Run[]): Timing {
  const [first, second] = [...runs].sort((a, b) => a.totalMs - b.totalMs) as [Run, Run];
  return { ...first, noise: second.totalMs / first.totalMs - 1 };
}

async function time(
  { connection, options, stop$ }: Comparison,
  roundTripMs: number,
  ahead: number,
  search: NextEclipse,
): Promise<Run | undefined> {
  const database = new Database(farAway(connection, roundTripMs));
  const question = { ...options, limit: Math.min(slice, options.limit) };
  let readingMs = 0;
  const timedPage = async (id: number): Promise<City[]> => {
    const start = performance.now();
    const cities = await database.citiesAfter(id, page, question);
    readingMs += performance.now() - start;
    return cities;
  };
  let stopped = false;
  const start = performance.now();
  await searchEclipses({
    page: timedPage,
    ahead,
    nextEclipse: search,
    from: options.from,
    save: (batch) => database.save(batch, options),
    stop$: stop$.pipe(tap(() => (stopped = true))),
  }).forEach(() => undefined);
  return stopped ? undefined : { totalMs: performance.now() - start, readingMs };
}
