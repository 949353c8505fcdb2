import { from, isObservable, of, takeLast, type ObservableInput, type Observable } from 'rxjs';
import { isThenable } from './thenable.js';

/** What a fetch function may give: a value, a promise of one, or an Observable, whose last value counts. */
export type Fetched<R> = R | PromiseLike<R> | Observable<R>;

/** What a fetch function gave, as a stream of one value or none. */
export function lastOf<R>(fetched: Fetched<R>): Observable<R> {
  if (isObservable(fetched)) return fetched.pipe(takeLast(1));
  return isThenable(fetched) ? from(fetched as ObservableInput<R>) : of(fetched as R);
}
