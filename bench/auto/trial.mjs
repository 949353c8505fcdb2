import { Observable } from 'rxjs';
import { Service } from './service.mjs';
import { VirtualClock } from './virtual-clock.mjs';

/** @import { asyncMap, AutoConcurrency, fromPull } from 'rxjs-background' */
/** @import { Plan } from './service.mjs' */

const refused = new Error('refused');

/**
 * Calls a simulated service again and again, in virtual time.
 *
 * @param {{ asyncMap: typeof asyncMap, fromPull: typeof fromPull }} library
 * @param {Plan} plan
 * @param {number | 'auto' | AutoConcurrency} concurrency
 * @param {number} seed
 * @param {readonly number[]} marks times in milliseconds, rising; the last is the end
 * @returns {number[]} for each mark, what succeeded since the one before
 */
export function trial({ asyncMap, fromPull }, plan, concurrency, seed, marks) {
  const clock = new VirtualClock();
  const service = new Service(plan, clock, seed);
  const call = () =>
    new Observable((subscriber) =>
      service.call((hasFailed) => {
        if (hasFailed) subscriber.error(refused);
        else {
          subscriber.next(undefined);
          subscriber.complete();
        }
      }),
    );
  const succeeded = marks.map(() => 0);
  clock.after(0, () => {
    const subscription = fromPull(endless())
      .pipe(asyncMap(call, { concurrency, ordered: false, onError: 'skip' }))
      .subscribe(() => {
        const span = marks.findIndex((mark) => clock.now() < mark);
        succeeded[span] = (succeeded[span] ?? 0) + 1;
      });
    clock.after((marks.at(-1) ?? 0) - 1, () => {
      subscription.unsubscribe();
    });
  });
  clock.runUntil(marks.at(-1) ?? 0);
  return succeeded;
}

function* endless() {
  for (let i = 0; ; i++) yield i;
}
