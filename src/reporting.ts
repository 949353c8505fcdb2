import { reportError } from './report-error.js';

/**
 * Does what may run a teardown of the user's, such as the function given to `finalize`, or an iterator's `return()`. What that
 * throws is reported: there is more to give up, or somebody else to tell.
 */
export function reporting(work: () => void): void {
  try {
    work();
  } catch (error) {
    reportError(error);
  }
}
