import type { Rule } from '../options.js';

/**
 * Whether Ctrl-C (SIGINT) and SIGTERM stop what runs and end the process, with exit code 130 or 143. A function is called
 * with the signal's name when the workers are gone, and awaited before the process leaves; a second signal does not wait.
 * What it throws is printed.
 */
export type HandleInterrupt = boolean | ((signal: string) => unknown);

export const interruptRule: Rule = ['only', 0, true, false, Function];
