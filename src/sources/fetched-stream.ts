import { from, observable as observableSymbol, of, type Observable, type ObservableInput } from 'rxjs';
import { isThenable } from './thenable.js';

/** What a fetch function may give: a value, a promise of one, or an Observable, whose last value counts. */
export type Fetched<R> = R | PromiseLike<R> | Observable<R>;

/** What a fetch function gave, as a stream, of whose values the last counts. */
export function fetchedStream<R>(fetched: Fetched<R>): Observable<R> {
  const isStream = Object(fetched) === fetched && observableSymbol in (fetched as object);
  return isStream || isThenable(fetched) ? from(fetched as ObservableInput<R>) : of(fetched as R);
}
