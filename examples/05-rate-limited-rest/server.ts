import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Limit {
  readonly limit: number;
  readonly perMs: number;
}

/** What the server has seen. */
export interface Seen {
  requests: number;
  /** Answered 429 because there were too many. */
  tooMany: number;
  /** Answered 429 for no fault of the client: others share its quota. */
  bySharing: number;
  /** The most requests within any `perMs`. */
  most: number;
}

export interface Listing {
  readonly url: string;
  readonly seen: Seen;
  close(): void;
}

/**
 * A listing of numbers, ten to a page, with the address of the next page in a `Link` header. More than `limit` requests
 * in any `perMs` are answered 429, and so is every twelfth one.
 */
export async function startListing(pages: number, { limit, perMs }: Limit): Promise<Listing> {
  const seen: Seen = { requests: 0, tooMany: 0, bySharing: 0, most: 0 };
  let recent: number[] = [];
  const server = createServer((request, response) => {
    const now = performance.now();
    recent = [...recent.filter((time) => now - time < perMs), now];
    seen.requests++;
    seen.most = Math.max(seen.most, recent.length);
    const shared = seen.requests % 12 === 0;
    if (recent.length > limit || shared) {
      seen[shared ? 'bySharing' : 'tooMany']++;
      response.writeHead(429, { 'Retry-After': Math.ceil(perMs / 1000) }).end();
      return;
    }
    const page = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page') ?? 1);
    if (page < pages) response.setHeader('Link', `</numbers?page=${String(page + 1)}>; rel="next"`);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(Array.from({ length: 10 }, (_, index) => 10 * (page - 1) + index)));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${String(port)}/numbers?page=1`,
    seen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}
