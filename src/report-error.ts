import { throwError } from 'rxjs';

/** Reports an error that has no subscriber to go to, as RxJS does: to `config.onUnhandledError`, or thrown on its own. */
export function reportError(error: unknown): void {
  throwError(() => error).subscribe();
}
