// The next ten solar eclipses over one city. Each search starts where the last one ended, so they cannot run side by
// side; but they can run on another thread, each begun when somebody wants its result.
import { of } from 'rxjs';
import { expandFetch, toAsyncIterable } from 'rxjs-background';
import { threads } from 'rxjs-background/node';
import type { Eclipse } from '../01-eclipses/model.js';
import * as tasks from './tasks.js';

const first: tasks.Search = { place: { latitude: -33.87, longitude: 151.21 }, from: new Date('2026-01-15') };

/** The search after the one that found `eclipse`: from the next day on. */
function after(eclipse: Eclipse, search: tasks.Search): tasks.Search {
  return { ...search, from: new Date(eclipse.peak.getTime() + 86_400_000) };
}

const pool = threads<typeof tasks>(new URL('./tasks.js', import.meta.url), { maxThreads: 1 });
const eclipses$ = of(first).pipe(
  expandFetch(pool.tasks.nextEclipse, (eclipse, search, { index }) => (index < 9 ? after(eclipse, search) : undefined)),
);

console.log('Solar eclipses over Sydney:');
const found: Eclipse[] = [];
for await (const eclipse of toAsyncIterable(eclipses$)) {
  found.push(eclipse);
  const covered =
    eclipse.obscuration === null ? 'at sunrise or sunset' : `${(100 * eclipse.obscuration).toFixed(1)} % covered`;
  console.log(`  ${eclipse.peak.toISOString().slice(0, 10)}  ${eclipse.kind.padEnd(7)}  ${covered}`);
}
await pool.close();

// The same, called here one after the other.
const expected: Eclipse[] = [];
let search = first;
for (let count = 0; count < 10; count++) {
  const eclipse = tasks.nextEclipse(search);
  expected.push(eclipse);
  search = after(eclipse, search);
}
const same = JSON.stringify(found) === JSON.stringify(expected);
console.log(same ? 'A plain loop finds the same ten.' : 'A plain loop finds others!');
if (!same) process.exitCode = 1;
