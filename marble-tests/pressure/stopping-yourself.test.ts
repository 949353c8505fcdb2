// The documented ways to stop yourself, and their cures.
import {
  concatMap,
  connect,
  filter,
  groupBy,
  map,
  merge,
  mergeMap,
  type Observable,
  Subject,
  take,
  tap,
  timer,
  toArray,
  windowCount,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { holding } from '../../src/backpressure/index.js';
import { asyncMap, prefetch } from '../../src/index.js';
import { Counted, watched } from './counted.js';

describe('branches of one share that wait for each other', () => {
  /** The first branch waits, with every even value, until the second has seen the odd one after it. */
  function waiting(source: Observable<number>, ahead: number): Observable<unknown> {
    return source.pipe(
      connect((shared) => {
        const seen = new Subject<number>();
        return merge(
          shared.pipe(
            filter((n) => n % 2 === 0),
            prefetch(ahead),
            concatMap((n) =>
              holding(
                seen.pipe(
                  filter((odd) => odd === n + 1),
                  take(1),
                ),
              ),
            ),
          ),
          shared.pipe(
            filter((n) => n % 2 === 1),
            tap((odd) => seen.next(odd)),
          ),
        );
      }),
    );
  }

  it('stop', () => {
    const source = new Counted(10);
    const { completed } = watched(100, () => waiting(source.values$, 0));

    expect({ pulled: source.pulled, completed }).toStrictEqual({ pulled: 1, completed: false });
  });

  it('go on with a prefetch on the branch that waits', () => {
    const source = new Counted(10);
    const { completed } = watched(100, () => waiting(source.values$, 1));

    expect({ pulled: source.pulled, completed }).toStrictEqual({ pulled: 10, completed: true });
  });
});

describe('more live groups than concurrency', () => {
  const byRest = groupBy<number, number>((n) => n % 3);

  it('stop an asyncMap of groups', () => {
    const source = new Counted(9);
    const { completed } = watched(100, () =>
      source.values$.pipe(
        byRest,
        asyncMap((group) => group.pipe(toArray()), { concurrency: 2 }),
      ),
    );

    expect({ pulled: source.pulled, completed }).toStrictEqual({ pulled: 2, completed: false });
  });

  it('go on when each group has its own asyncMap', () => {
    const source = new Counted(9);
    const { emitted, completed } = watched(100, () =>
      source.values$.pipe(
        byRest,
        mergeMap((group) => group.pipe(asyncMap((n) => timer(2).pipe(map(() => n))))),
      ),
    );

    expect({ emitted, completed }).toStrictEqual({ emitted: 9, completed: true });
  });

  it('go on with more concurrency than there are groups', () => {
    const source = new Counted(9);
    const { emitted, completed } = watched(100, () =>
      source.values$.pipe(
        byRest,
        asyncMap((group) => group.pipe(toArray()), { concurrency: 4 }),
      ),
    );

    expect({ emitted, completed }).toStrictEqual({ emitted: 3, completed: true });
  });

  /** Each group gives its values as they come. */
  const streaming = (options: { concurrency: number; ordered: boolean }) => {
    const source = new Counted(9);
    const { emitted, completed } = watched(100, () =>
      source.values$.pipe(
        byRest,
        asyncMap((group) => group.pipe(asyncMap((n) => timer(2).pipe(map(() => n)))), options),
      ),
    );
    return { pulled: source.pulled, emitted, completed };
  };

  it('stop when what they stream has to come in order', () => {
    expect(streaming({ concurrency: 4, ordered: true })).toMatchObject({ pulled: 5, completed: false });
  });

  it('go on out of order', () => {
    expect(streaming({ concurrency: 4, ordered: false })).toStrictEqual({ pulled: 9, emitted: 9, completed: true });
  });

  it('may be windows: the next one opens before it has its first value', () => {
    const run = (concurrency: number) => {
      const source = new Counted(9);
      const { emitted, completed } = watched(100, () =>
        source.values$.pipe(
          windowCount(3),
          asyncMap((window) => window.pipe(toArray()), { concurrency }),
        ),
      );
      return { emitted, completed };
    };
    expect(run(1)).toStrictEqual({ emitted: 1, completed: false });
    expect(run(2)).toStrictEqual({ emitted: 4, completed: true });
  });
});
