import { isObservable, from, type Observable, type ObservableInput, observable as observableSymbol } from 'rxjs';
import { isThenable } from './thenable.js';

/** What a fetch function may give: a value, a promise of one, or an Observable, whose last value counts. */
export type Fetched<R> = R | PromiseLike<R> | Observable<R>;

/** How a fetch ended: with a value, with none, or with an error. */
export interface FetchAnswer<R> {
  value(value: R): void;
  none(): void;
  error(error: unknown): void;
}

/**
 * Waits for what a fetch function gave.
 *
 * @returns gives it up, where that can be done: an Observable is unsubscribed.
 */
export function lastOf<R>(fetched: Fetched<R>, answer: FetchAnswer<R>): () => void {
  if (isStream(fetched)) {
    let last: { readonly value: R } | undefined;
    const subscription = from(fetched).subscribe({
      next: (value) => {
        last = { value };
      },
      error: (error: unknown) => {
        answer.error(error);
      },
      complete: () => {
        if (last === undefined) answer.none();
        else answer.value(last.value);
      },
    });
    return () => {
      subscription.unsubscribe();
    };
  }
  if (isThenable(fetched)) {
    fetched.then(
      (value) => {
        answer.value(value as R);
      },
      (error: unknown) => {
        answer.error(error);
      },
    );
  } else answer.value(fetched);
  return () => undefined;
}

function isStream<R>(fetched: Fetched<R>): fetched is Fetched<R> & Extract<ObservableInput<R>, object> {
  return isObservable(fetched) || (typeof fetched === 'object' && fetched !== null && observableSymbol in fetched);
}
