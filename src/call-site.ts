/** Where something was called from: a captured stack, rendered when it is read. */
export interface CallSite {
  readonly stack?: string;
}

type AnyFunction = (...args: never) => unknown;

/** Each frame costs time; the first are the caller's own. */
const mostFrames = 3;

/** What engines with V8 offer beyond the standard. */
interface Capturing {
  captureStackTrace?: (target: object, above: AnyFunction) => void;
  stackTraceLimit?: number | undefined;
}

const errors = Error as Capturing;

/** The limit that {@link openSite} has replaced. */
let limit: number | undefined;

/** Where `above` was called from, when it is on the stack; `undefined` where the program wants no stacks. */
export function callSite(above: AnyFunction): CallSite | undefined {
  const site = openSite();
  if (site === undefined) return undefined;
  captureSite(site, above);
  closeSite();
  return site;
}

/**
 * A site to be captured at once, by {@link captureSite} and then {@link closeSite}; `undefined` where the program wants no stacks. What
 * is called for single values does {@link callSite}'s work itself: the engine takes microseconds for each function between it and the caller.
 */
export function openSite(): CallSite | undefined {
  if (errors.captureStackTrace === undefined) return new Error();
  limit = errors.stackTraceLimit;
  if (limit === 0) return undefined;
  errors.stackTraceLimit = Math.min(limit ?? mostFrames, mostFrames);
  // Without a prototype: the engine need not remake it for the stack, which is a fifth of the cost.
  return Object.create(null) as CallSite;
}

/** Captures where `above` was called from. This is the engine's own function, which is on no stack. */
export const captureSite: (site: CallSite, above: AnyFunction) => void = errors.captureStackTrace ?? (() => undefined);

export function closeSite(): void {
  if (errors.captureStackTrace !== undefined) errors.stackTraceLimit = limit;
}
