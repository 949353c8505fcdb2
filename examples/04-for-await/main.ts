// `for await` over pages: while the loop works on one, the next two are fetched, and no more than that.
import { setTimeout as delay } from 'node:timers/promises';
import { fetchPages, prefetch, toAsyncIterable } from 'rxjs-background';

interface Page {
  readonly number: number;
  readonly next: number | undefined;
}

const ahead = 2;
const pages = 8;
let fetched = 0;

/** A service that takes 30 ms a page. Like `fetch`, it can be told by a signal that nobody wants the page any more. */
async function fetchPage(number: number, { signal }: { readonly signal: AbortSignal }): Promise<Page> {
  await delay(30, undefined, { signal });
  fetched = number;
  return { number, next: number < pages ? number + 1 : undefined };
}

const pages$ = fetchPages({ start: 1, fetch: fetchPage, next: (page) => page.next }).pipe(prefetch(ahead));

let farthest = 0;
for await (const page of toAsyncIterable(pages$)) {
  await delay(100);
  const distance = fetched - page.number;
  farthest = Math.max(farthest, distance);
  console.log(
    `page ${String(page.number)} done, ${String(distance)} ahead  ${'█'.repeat(page.number)}${'░'.repeat(distance)}`,
  );
}

fetched = 0;
for await (const page of toAsyncIterable(pages$)) {
  console.log(`once more, and left at page ${String(page.number)}`);
  break;
}
const fetchedAtBreak = fetched;
await delay(150);

console.log(
  `Never more than ${String(farthest)} ahead; ${String(fetched - fetchedAtBreak)} fetched after the loop was left.`,
);
if (farthest !== ahead || fetched !== fetchedAtBreak) {
  console.error(`It should have been ${String(ahead)} ahead, and none after the loop was left.`);
  process.exitCode = 1;
}
