/** What `hold()` gives: with `true`, the hold is gone at once, and its source goes on soon. */
export type Release = (opensLater?: boolean) => void;

/**
 * Releases a hold of a consumer that leaves. Its source goes on when whoever leaves together with it has left, too.
 *
 * A source that is let go emits. Inside an unsubscription it would emit for siblings that are about to go, such as the other
 * branches of a `connect` or the other groups of a `groupBy`: calls would begin for nobody, and a source without end would
 * never stop.
 */
export function releaseLater(release: () => void): void {
  (release as Release)(true);
}
