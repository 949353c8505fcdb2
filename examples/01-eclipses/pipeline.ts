import { EMPTY, takeUntil, tap, type Observable } from 'rxjs';
import { asyncMap, backgroundMap, collect, fetchPages, flatten, prefetch, type Task } from 'rxjs-background';
import type { City, Eclipse, Place, Sighting } from './model.js';

/** The search as a task: here, or on threads. */
export type NextEclipse = Task<[Place, Date], Eclipse>;

export interface Stages {
  /** A page of cities, the first ones by key after `id`; empty when there are no more. */
  readonly page: (id: number) => Promise<City[]>;
  /** How many pages to read ahead. */
  readonly ahead: number;
  readonly nextEclipse: NextEclipse;
  readonly from: Date;
  readonly save: (batch: readonly Sighting[]) => Promise<void>;
  readonly onFound?: (sighting: Sighting) => void;
  /** Ends it early: no more cities are begun, and what was begun is still written. */
  readonly stop$?: Observable<unknown>;
}

/** Pages from the database, a search for each city, results back in bulk. Emits the number of rows of each write. */
export function searchEclipses({
  page,
  ahead,
  nextEclipse,
  from,
  save,
  onFound,
  stop$ = EMPTY,
}: Stages): Observable<number> {
  return fetchPages({ start: 0, fetch: page, next: (cities) => cities.at(-1)?.id }).pipe(
    prefetch(ahead),
    flatten(),
    takeUntil(stop$),
    backgroundMap(nextEclipse, { args: [from], select: (eclipse, city: City) => ({ city, eclipse }) }),
    tap(onFound),
    collect(200, { maxWaitMs: 250 }),
    asyncMap((batch) => save(batch).then(() => batch.length)),
  );
}
