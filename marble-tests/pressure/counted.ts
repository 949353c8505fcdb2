import { asyncScheduler, concatMap, map, NEVER, type Observable, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { holding } from '../../src/backpressure/index.js';
import { asyncMap, fromPull, inline } from '../../src/index.js';

/** How many values a counted source has: what runs away takes them all. */
export const all = 1000;

/** A pausable source of 0, 1, 2 …, and how many were pulled from it. */
export class Counted {
  pulled = 0;
  readonly values$: Observable<number>;

  constructor(count: number = all) {
    this.values$ = fromPull(() => this.#values(count));
  }

  *#values(count: number): Generator<number, void, undefined> {
    for (let n = 0; n < count; n++) {
      this.pulled++;
      yield n;
    }
  }
}

/** The consumers that keep pressure, each busy for `ms` with a value, or for ever. */
export const consumers: Record<string, (ms: number) => (source: Observable<unknown>) => Observable<unknown>> = {
  asyncMap: (ms) => asyncMap(() => busy(ms)),
  'holding in concatMap': (ms) => concatMap(() => holding(busy(ms))),
  'a task in concatMap': (ms) => {
    const { tasks } = inline({ work: (_value: unknown) => busy(ms) }, { capacity: 1 });
    return concatMap((value) => tasks.work(value));
  },
};

function busy(ms: number): Observable<unknown> {
  return ms === Infinity ? NEVER : timer(ms).pipe(map(() => 'done'));
}

/** Subscribes in virtual time, looks every millisecond for as long as `ms`, and unsubscribes. */
export function watched(
  ms: number,
  stream: () => Observable<unknown>,
  look: () => void = () => undefined,
): { emitted: number; completed: boolean } {
  const seen = { emitted: 0, completed: false };
  new TestScheduler(() => undefined).run(() => {
    const subscription = stream().subscribe({
      next: () => seen.emitted++,
      complete: () => {
        seen.completed = true;
      },
    });
    for (let frame = 0; frame < ms; frame++) asyncScheduler.schedule(look, frame);
    asyncScheduler.schedule(() => {
      subscription.unsubscribe();
    }, ms);
  });
  return seen;
}
