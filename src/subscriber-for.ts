import { Observable, type Observer, type Subscriber } from 'rxjs';

/**
 * The subscriber of an observer, before it is subscribed to anything. Whoever holds it can unsubscribe while the source
 * is still inside its `subscribe`, which ends a synchronous source that would go on for ever.
 */
export function subscriberFor<T>(observer: Observer<T>): Subscriber<T> {
  let made: Subscriber<T> | undefined;
  new Observable<T>((subscriber) => {
    made = subscriber;
  }).subscribe(observer);
  return made as Subscriber<T>;
}
