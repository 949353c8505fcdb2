/** A symbol, since a release may be anyone's callback, with any argument. */
export const later: unique symbol = Symbol.for('rxjs-background.valve/1.later') as never;

/** What `hold()` gives. With {@link later}, the hold is gone at once, and its source goes on soon. */
export type Release = (when?: typeof later) => void;

/**
 * Releases a hold of a consumer that leaves. Its source goes on when whoever leaves together with it has left, too.
 *
 * A source that is let go emits. Inside an unsubscription it would emit for siblings that are about to go, such as the other
 * branches of a `connect` or the other groups of a `groupBy`: calls would begin for nobody, and a source without end would
 * never stop.
 */
export function releaseLater(release: Release): void {
  release(later);
}
