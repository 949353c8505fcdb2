import { constants } from 'node:os';
import { Observable } from 'rxjs';
import { checkOptions, checkValue } from '../options.js';
import { onFirstSignal } from './signals.js';

export interface InterruptedOptions {
  /** Default: SIGINT (Ctrl-C) and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[];
}

const catchable = Object.keys(constants.signals).filter((signal) => !/^SIG(KILL|STOP)$/.test(signal));

/**
 * Emits the first signal that asks the process to stop, to later subscribers too, and completes: made for `takeUntil`.
 * Right behind a source it lets the rest of the pipeline drain; at its end it stops everything.
 *
 * ```text
 * source                                    a--b--c--d--e
 * Ctrl-C                                    --------!
 * takeUntil(interrupted()), asyncMap(f)     ----A--B--C--|     f takes 4
 * asyncMap(f), takeUntil(interrupted())     ----A--B|
 * ```
 *
 * While anybody is subscribed the signals do not end the process. Once one has come, a second one does, at once: with all
 * worker threads, those of pools inside of tasks too, and with exit code 130 for SIGINT or 143 for SIGTERM. The same
 * signal again within 20 ms, or 200 in a script of npm, is the first one's echo, as npm sends it. A program that has drained
 * ends as it likes; set `process.exitCode` where that matters. A task of `inline()` that never lets this thread go keeps
 * signals from being seen.
 *
 * @throws TypeError when called with invalid options.
 * @example
 * ```ts
 * pages$.pipe(takeUntil(interrupted()), prefetch(2), backgroundMap(pool.tasks.parse)).subscribe(save);
 * ```
 */
export function interrupted(options: InterruptedOptions = {}): Observable<NodeJS.Signals> {
  checkOptions('interrupted', options, { signals: ['only', 0, Array] });
  const { signals = ['SIGINT', 'SIGTERM'] } = options;
  for (const signal of signals) checkValue('interrupted', 'signals', signal, ['only', 0, ...catchable]);
  return new Observable((subscriber) => {
    subscriber.add(
      onFirstSignal(signals, (signal) => {
        subscriber.next(signal);
        subscriber.complete();
      }),
    );
  });
}
