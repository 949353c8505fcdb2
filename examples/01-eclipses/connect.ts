import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { firstValueFrom } from 'rxjs';
import { threads } from 'rxjs-background/node';
import type * as pglite from './pglite.js';

/** A place that runs SQL statements. */
export interface Connection {
  readonly name: string;
  query(sql: string, parameters?: readonly unknown[]): Promise<unknown[]>;
  close(): Promise<void>;
}

/** The PostgreSQL server at `url`, or without one PGlite in `directory`. */
export function connect(url: string | undefined, directory: string): Connection {
  return url === undefined || url === '' ? openPGlite(directory) : openServer(url);
}

/** The same connection, answering no sooner than `roundTripMs` after each statement. */
export function farAway(connection: Connection, roundTripMs: number): Connection {
  if (roundTripMs === 0) return connection;
  return {
    ...connection,
    async query(sql, parameters) {
      const [rows] = await Promise.all([connection.query(sql, parameters), delay(roundTripMs)]);
      return rows;
    },
  };
}

function openPGlite(directory: string): Connection {
  const pool = threads<typeof pglite>(new URL('./pglite.js', import.meta.url), { maxThreads: 1, data: directory });
  return {
    name: `PGlite in ${directory}`,
    // A promise, so that whoever loses interest in a statement does not cut it off in the middle.
    query: (sql, parameters = []) => firstValueFrom(pool.tasks.query(sql, parameters)),
    close: () => pool.close(),
  };
}

function openServer(url: string): Connection {
  const pool = new pg.Pool({ connectionString: url });
  // A connection that breaks while it is idle is replaced by the next statement, which fails if that cannot be.
  pool.on('error', () => undefined);
  return {
    name: 'the PostgreSQL server of DATABASE_URL',
    query: async (sql, parameters = []) => (await pool.query<Record<string, unknown>>(sql, [...parameters])).rows,
    close: () => pool.end(),
  };
}
