import { Observable, Subscriber, type Observer } from 'rxjs';
import { reporting } from './reporting.js';

/**
 * The subscriber of an observer, before it is subscribed to anything. Whoever holds it can unsubscribe while the source
 * is still inside its `subscribe`, which ends a synchronous source that would go on for ever.
 *
 * To unsubscribe never throws: what a teardown of the source throws is reported.
 */
export function subscriberFor<T>(observer: Observer<T>): Subscriber<T> {
  let made: Subscriber<T> | undefined;
  new Observable<T>((subscriber) => {
    made = subscriber;
  }).subscribe(observer);
  const subscriber = made as Subscriber<T>;
  subscriber.unsubscribe = unsubscribe;
  return subscriber;
}

function unsubscribe(this: Subscriber<unknown>): void {
  reporting(() => {
    Subscriber.prototype.unsubscribe.call(this);
  });
}
