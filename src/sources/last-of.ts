import { isObservable, from, type Observable, type ObservableInput, observable as observableSymbol } from 'rxjs';
import { subscriberFor } from '../subscriber-for.js';
import { isThenable } from './thenable.js';

/** What a fetch function may give: a value, a promise of one, or an Observable, whose last value counts. */
export type Fetched<R> = R | PromiseLike<R> | Observable<R>;

/** How a fetch ended: with a value, with none, or with an error. */
export interface FetchAnswer<R> {
  /** Told first, where the fetch can be given up: an Observable is unsubscribed, or not even subscribed. */
  begun(giveUp: () => void): void;
  value(value: R): void;
  none(): void;
  error(error: unknown): void;
}

/** Waits for what a fetch function gave. */
export function lastOf<R>(fetched: Fetched<R>, answer: FetchAnswer<R>): void {
  if (isStream(fetched)) {
    let last: { readonly value: R } | undefined;
    const subscriber = subscriberFor<R>({
      next: (value) => {
        last = { value };
      },
      error: (error) => {
        answer.error(error);
      },
      complete: () => {
        if (last === undefined) answer.none();
        else answer.value(last.value);
      },
    });
    answer.begun(() => {
      subscriber.unsubscribe();
    });
    if (!subscriber.closed) from(fetched as ObservableInput<R>).subscribe(subscriber);
    return;
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
}

function isStream<R>(fetched: Fetched<R>): fetched is Fetched<R> & Extract<ObservableInput<R>, object> {
  return isObservable(fetched) || (typeof fetched === 'object' && fetched !== null && observableSymbol in fetched);
}
