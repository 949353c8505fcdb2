import { Observable, ReplaySubject, share } from 'rxjs';

/** npm passes a signal on to its child, which has had it from the terminal already: one Ctrl-C arrives twice. */
const echoMs = 200;

/**
 * Emits at the first Ctrl-C after the first subscription, once, to later subscribers too. From then on it keeps
 * listening: a second Ctrl-C ends the process at once.
 */
export function interrupted(): Observable<NodeJS.Signals> {
  return new Observable<NodeJS.Signals>((subscriber) => {
    let first: number | undefined;
    const listener = (signal: NodeJS.Signals): void => {
      if (first !== undefined && performance.now() - first > echoMs) process.exit(130);
      if (first !== undefined) return;
      first = performance.now();
      subscriber.next(signal);
    };
    process.on('SIGINT', listener).on('SIGTERM', listener);
    return () => process.off('SIGINT', listener).off('SIGTERM', listener);
  }).pipe(share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: false }));
}
