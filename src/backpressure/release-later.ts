import { asapScheduler } from 'rxjs';

/**
 * Calls `release` as soon as what is being unsubscribed right now has been.
 *
 * A release makes a source emit. Inside an unsubscription that would pull values for siblings that are about to go, too,
 * such as the other branches of a `connect` or the other groups of a `groupBy`: calls would begin for nobody, and a
 * source without end would never stop.
 */
export function releaseLater(release: () => void): void {
  asapScheduler.schedule(release);
}
