import { makeDefaultExecutor } from '#default-executor';
import { checkCount, checkOptions, shown } from '../options.js';
import type { Executor } from './executor.js';

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
 * Calls already given to a replaced executor end there; it is not closed.
 *
 * @throws TypeError, RangeError for invalid options, and for both at once.
 */
export function configureDefault(options: DefaultOptions): void {
  checkOptions('configureDefault', options, ['maxThreads', 'executor']);
  const given = options as { maxThreads?: number; executor?: Executor };
  if (given.maxThreads !== undefined && given.executor !== undefined) {
    throw new TypeError(
      'configureDefault: maxThreads and executor cannot be given together; set the number of threads where you make the executor.',
    );
  }
  if (given.executor !== undefined) {
    if (typeof (given.executor as Partial<Executor> | null)?.execute !== 'function') {
      throw new TypeError(`configureDefault: executor must be an executor, such as inline(), but it is ${shown(given.executor)}`);
    }
    current = given.executor;
    return;
  }
  checkCount('configureDefault', 'maxThreads', given.maxThreads, 1);
  maxThreads = given.maxThreads;
  if (current !== undefined && 'resize' in current) (current as AdjustableExecutor).resize({ maxThreads: given.maxThreads as number });
}

/** The executor of plain functions: made when it is first needed. */
export function defaultExecutor(): Executor {
  return (current ??= makeDefaultExecutor(maxThreads));
}
