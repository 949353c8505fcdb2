/**
 * The pause point of a source, as its consumers see it.
 *
 * A source that is inside `subscriber.next(value)` is the current valve ({@link currentValve}). A consumer
 * that the value reaches, and that has no room for another, takes a hold; the source stays silent until the last
 * hold is released.
 */
export interface Valve {
  /** True while at least one hold has not been released. */
  readonly held: boolean;
  /**
   * Holds the source.
   *
   * @returns the release; calling it again does nothing. The release may make the source emit before it returns.
   */
  hold(): () => void;
}
