import { makeDefaultExecutor } from '#default-executor';
import { checkOptions, checkValue, refuse } from '../options.js';
import { checkExecutor, type Executor } from './executor.js';

/** What the default executor of a platform can be told while it runs. */
export interface AdjustableExecutor extends Executor {
  resize(options: { maxThreads: number }): void;
}

export type DefaultOptions =
  | {
      /** How many threads the default executor may have. Takes effect at once, for calls that wait, too. */
      readonly maxThreads: number;
    }
  | {
      /** What to use instead of the platform's default executor, from now on. */
      readonly executor: Executor;
    };

let current: Executor | undefined;
let maxThreads: number | undefined;

/**
 * Sets where plain functions run: how many threads the default executor has, or another executor in its place.
 * `configureDefault({ executor: inline() })` puts them into marble time.
 *
 * An operator has the executor that was the default when it was made; a task of `background` the one that is when it is called.
 * Calls already given to a replaced executor end there; it is not closed.
 *
 * @throws TypeError, RangeError for invalid options, and for both at once.
 */
export function configureDefault(options: DefaultOptions): void {
  checkOptions('configureDefault', options, { maxThreads: ['count', 1], executor: ['only', 0, Object] });
  const given = options as { maxThreads?: number; executor?: Executor };
  refuse(
    given.maxThreads !== undefined && given.executor !== undefined,
    'configureDefault',
    'maxThreads',
    given.maxThreads,
  );
  if (given.executor !== undefined) {
    checkExecutor('configureDefault', given.executor);
    current = given.executor;
    return;
  }
  checkValue('configureDefault', 'maxThreads', given.maxThreads, ['count', 1]);
  maxThreads = given.maxThreads;
  if (current !== undefined && 'resize' in current)
    (current as AdjustableExecutor).resize({ maxThreads: given.maxThreads as number });
}

/** The executor of plain functions: made when it is first needed. */
export function defaultExecutor(): Executor {
  return (current ??= makeDefaultExecutor(maxThreads));
}
