// When will each large city next see a solar eclipse? Pages of cities from a database, a search for each on worker
// threads, the answers back in bulk. The pipeline itself is in pipeline.ts.
import type { Observable } from 'rxjs';
import { asyncMap, collect, fromPull } from 'rxjs-background';
import { interrupted, threads } from 'rxjs-background/node';
import { largeCities } from './cities.js';
import { compare } from './compare.js';
import { connect, farAway } from './connect.js';
import { Database } from './database.js';
import { readOptions, usage, UserError, type Options } from './options.js';
import { searchEclipses, type NextEclipse } from './pipeline.js';
import { day, seconds, showAnswer, showProgress, thousands } from './screen.js';
import type * as tasks from './tasks.js';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return console.log(usage);
  const connection = connect(process.env['DATABASE_URL'], options.directory);
  const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: options.threads });
  const { nextEclipse } = pool.tasks;
  try {
    const database = new Database(farAway(connection, options.roundTripMs));
    await prepare(database, connection.name, options);
    const stop$ = interrupted();
    const finished = await search(database, nextEclipse, options, stop$);
    if (!finished) return;
    showAnswer(await database.counts(options), await database.totals(options));
    if (options.compare) await compare({ connection, onThreads: nextEclipse, stop$, options });
  } finally {
    await Promise.all([pool.close({ force: true }), connection.close()]);
  }
  console.log(`\nAll in all ${seconds(performance.now())}.`);
}

/** Opens the database and fills in the cities that it lacks. */
async function prepare(
  database: Database,
  name: string,
  { fresh, minPopulation, roundTripMs }: Options,
): Promise<void> {
  console.log(
    `Opening ${name}${roundTripMs > 0 ? `, as if it were ${String(roundTripMs)} ms away (simulated)` : ''} ...`,
  );
  await database.create(fresh).catch((error: unknown) => {
    throw new UserError(`Cannot open ${name}: ${reasonOf(error)}`, { cause: error });
  });
  const opened = performance.now();
  const cities = await largeCities(minPopulation);
  await fromPull(cities)
    .pipe(
      collect(5000),
      asyncMap((some) => database.addCities(some)),
    )
    .forEach(() => undefined);
  console.log(
    `Opened after ${seconds(opened)}, ${thousands(cities.length)} cities loaded in ${seconds(performance.now() - opened)}.`,
  );
}

/** A refused connection has its reason in its code. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === '' ? String(code) : message;
}

/** Searches for the cities that have no answer yet. False when it was stopped before the last. */
async function search(
  database: Database,
  nextEclipse: NextEclipse,
  options: Options,
  stop$: Observable<unknown>,
): Promise<boolean> {
  const before = await database.progress(options);
  console.log(
    `When will each of ${thousands(before.cities)} cities next see a solar eclipse, from ${day(options.from)} on?`,
  );
  if (before.written === before.cities) {
    console.log('Earlier runs have found it out; --fresh starts anew.');
    return true;
  }
  if (before.written > 0)
    console.log(`Going on where an earlier run stopped: ${thousands(before.written)} are written.`);

  const start = performance.now();
  const view = showProgress(before);
  await searchEclipses({
    page: (id) => database.unansweredAfter(id, options.page, options),
    ahead: 2,
    nextEclipse,
    from: options.from,
    save: (batch) => database.save(batch, options),
    onFound: view.found,
    stop$,
  })
    .forEach(view.written)
    .finally(view.stop);

  const { cities, written } = await database.progress(options);
  const news = written - before.written;
  const ms = performance.now() - start;
  console.log(
    `${thousands(news)} cities in ${seconds(ms)}, ${thousands(Math.round((1000 * news) / ms))} a second, on ${String(options.threads)} threads.`,
  );
  if (written === cities) return true;
  console.log(
    `Stopped: ${thousands(written)} of ${thousands(cities)} cities are written. Start again to go on from there.`,
  );
  process.exitCode = 130;
  return false;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
