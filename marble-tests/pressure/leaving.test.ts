// Whoever leaves lets go of a source only when all have left that leave with it: nothing is begun for a stream that is
// being unsubscribed.
import {
  concat,
  concatMap,
  connect,
  groupBy,
  ignoreElements,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  share,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { holding } from '../../src/backpressure/index.js';
import { asyncMap, inline, prefetch } from '../../src/index.js';
import { all, consumers, Counted, watched } from './counted.js';

/** Keeps an account of what is begun. */
function saving(begun: number[]): (n: number) => Observable<never> {
  return (n) => {
    begun.push(n);
    return NEVER;
  };
}

const left: Record<
  string,
  (source: Observable<number>, save: (n: number) => Observable<never>) => Observable<unknown>
> = {
  'connect with an asyncMap': (source, save) => source.pipe(connect((shared) => shared.pipe(asyncMap(save)))),
  'connect with a prefetch': (source, save) =>
    source.pipe(connect((shared) => shared.pipe(prefetch(1), asyncMap(save)))),
  'connect with holding': (source, save) =>
    source.pipe(connect((shared) => shared.pipe(concatMap((n) => holding(save(n)))))),
  'connect with a task': (source, save) => {
    const { tasks } = inline({ save }, { capacity: 1 });
    return source.pipe(connect((shared) => shared.pipe(concatMap((n) => tasks.save(n)))));
  },
  'share with two branches, of which one has room': (source, save) => {
    const shared = concat(timer(1).pipe(ignoreElements()), source).pipe(share());
    return merge(shared.pipe(asyncMap(save)), shared.pipe(asyncMap(save, { concurrency: 3 })));
  },
  'groupBy with an asyncMap for each group': (source, save) =>
    source.pipe(
      groupBy((n) => n % 2),
      mergeMap((group) => group.pipe(asyncMap(save, { concurrency: 2, maxPending: 2 }))),
    ),
  'groupBy with an asyncMap of groups': (source) =>
    source.pipe(
      groupBy((n) => n % 3),
      asyncMap((group) => group.pipe(toArray()), { concurrency: 2 }),
    ),
};

describe('unsubscribing pulls nothing and begins nothing', () => {
  it.each(Object.entries(left))('%s', (_name, build) => {
    const source = new Counted();
    const begun: number[] = [];
    const before = { pulled: 0, begun: 0 };
    watched(
      50,
      () => build(source.values$, saving(begun)),
      () => {
        before.pulled = source.pulled;
        before.begun = begun.length;
      },
    );

    expect({ pulled: source.pulled, begun: begun.length }).toStrictEqual(before);
    expect(source.pulled).toBeLessThan(10);
  });

  it('lets a sibling go on in the same millisecond', () => {
    const source = new Counted();
    const { completed } = watched(50, () => {
      const shared = concat(timer(1).pipe(ignoreElements()), source.values$).pipe(share());
      const leaving = shared.pipe(consumers['asyncMap']!(Infinity)).subscribe();
      timer(10).subscribe(() => {
        leaving.unsubscribe();
      });
      return shared;
    });

    expect({ pulled: source.pulled, completed }).toStrictEqual({ pulled: all, completed: true });
  });
});
