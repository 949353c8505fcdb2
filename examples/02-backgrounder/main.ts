// Ten items; fetching one takes a while, and so does processing it. One after the other that is twenty units of time;
// fetched one ahead, eleven: the first fetch, and then the longer of the two each time.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { asyncMap, prefetch, repeatFetch } from 'rxjs-background';

const items = 10;

const { values } = parseArgs({ options: { unit: { type: 'string', default: '200' } } });
const unitMs = Number(values.unit);
if (!(unitMs >= 20 && unitMs <= 10_000)) {
  console.error(`--unit must be a number of milliseconds from 20 to 10000, but it is '${values.unit}'`);
  process.exit(2);
}

/** Brings 1, 2, ... one at a time, and then `undefined`: there are no more. */
function makeFetch(): () => Promise<number | undefined> {
  let fetched = 0;
  return async () => {
    if (fetched === items) return undefined;
    await delay(unitMs);
    log(`fetched ${String(++fetched)}`);
    return fetched;
  };
}

async function work(item: number): Promise<void> {
  log(`              processing ${String(item)}`);
  await delay(unitMs);
}

let start = 0;
function log(event: string): void {
  console.log(`${((performance.now() - start) / unitMs).toFixed(2).padStart(6)}  ${event}`);
}

/** How long it takes, in units. */
async function timed(title: string, run: () => Promise<void>): Promise<number> {
  console.log(`\n${title}`);
  start = performance.now();
  await run();
  return (performance.now() - start) / unitMs;
}

const sequential = await timed('One after the other:', async () => {
  const fetch = makeFetch();
  for (let item = await fetch(); item !== undefined; item = await fetch()) await work(item);
});

const prefetched = await timed('The next one fetched meanwhile:', () =>
  repeatFetch(makeFetch())
    .pipe(prefetch(1), asyncMap(work))
    .forEach(() => undefined),
);

const ideal = items + 1;
console.log(
  `\nIn units of ${String(unitMs)} ms: one after the other ${sequential.toFixed(2)}, fetched ahead ${prefetched.toFixed(2)}, ideal ${ideal.toFixed(2)}.`,
);
if (prefetched > 1.1 * ideal) {
  console.error('Fetching ahead took more than 10 % longer than it has to.');
  process.exitCode = 1;
}
