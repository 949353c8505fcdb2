// A REST listing whose pages name the next one in a Link header, and whose server allows ten requests a second.
// `pace` holds the listing back, so no page is asked for too early; what others use up of the quota, `retry` waits out.
import { defer, lastValueFrom, retry, timer, toArray, type Observable } from 'rxjs';
import { fetchPages, flatten, pace } from 'rxjs-background';
import { startListing } from './server.js';

interface Page {
  readonly rows: readonly number[];
  readonly next: string | undefined;
}

class TooManyRequests extends Error {
  constructor(readonly retryAfterMs: number) {
    super('429 Too Many Requests');
  }
}

async function getPage(url: string, signal: AbortSignal): Promise<Page> {
  const response = await fetch(url, { signal });
  if (response.status === 429) throw new TooManyRequests(1000 * Number(response.headers.get('Retry-After') ?? 1));
  if (!response.ok) throw new Error(`${url}: ${String(response.status)} ${response.statusText}`);
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
  return { rows: (await response.json()) as number[], next: link === undefined ? undefined : new URL(link, url).href };
}

/** Waits as long as the server asks for; any other error ends the listing. */
function whenAllowed(error: unknown): Observable<unknown> {
  if (error instanceof TooManyRequests) return timer(error.retryAfterMs);
  throw error;
}

const limit = { limit: 10, perMs: 1000 };
const listing = await startListing(30, limit);
try {
  const start = performance.now();
  const numbers$ = fetchPages({
    start: listing.url,
    fetch: (url: string, { signal }) => defer(() => getPage(url, signal)).pipe(retry({ count: 3, delay: whenAllowed })),
    next: (page) => page.next,
  }).pipe(
    pace(limit),
    flatten((page) => page.rows),
  );
  const numbers = await lastValueFrom(numbers$.pipe(toArray()));
  const seconds = (performance.now() - start) / 1000;

  const { requests, most, tooMany, bySharing } = listing.seen;
  console.log(
    `${String(numbers.length)} rows with ${String(requests)} requests in ${seconds.toFixed(1)} s: ${(requests / seconds).toFixed(1)} a second.`,
  );
  console.log(
    `The server allows ${String(limit.limit)} in any second and saw ${String(most)} at most; it refused ${String(tooMany)}.`,
  );
  console.log(`${String(bySharing)} were refused because others share the quota, waited for and asked again.`);
  const complete = numbers.length === 300 && numbers.every((number, index) => number === index);
  if (!complete || tooMany > 0 || most > limit.limit) {
    console.error('Rows are missing, or the limit was not kept.');
    process.exitCode = 1;
  }
} finally {
  listing.close();
}
