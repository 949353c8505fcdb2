import type { CallSite } from '../call-site.js';
import { define } from './cloneable.js';
import { isError } from './is-error.js';

/** Puts the caller's stack under that of an error that came from elsewhere, so that it leads back to the call. */
export function joinStacks(thrown: unknown, where: string, callSite: CallSite | undefined): void {
  if (!isError(thrown)) return;
  const frames = callSite?.stack?.split('\n').slice(1).join('\n') ?? '';
  const own = typeof thrown.stack === 'string' ? thrown.stack : `${thrown.name}: ${thrown.message}`;
  if (frames !== '') define(thrown, 'stack', `${own}\n    --- ${where}, called from ---\n${frames}`, false);
}
