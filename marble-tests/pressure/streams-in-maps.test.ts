// A map's streams wait with one value each for their turn, and hold what they come from meanwhile.
import { concat, from, ignoreElements, NEVER, type Observable, of, share, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { asyncMap, fromPull } from '../../src/index.js';
import { all, Counted, watched } from './counted.js';

/** Source values 0 and 1: the first call never ends, the second is `second`, which has to wait for it. */
function behindOneThatNeverEnds(second: Observable<number>): Observable<number> {
  return from([0, 1]).pipe(asyncMap((n) => (n === 0 ? NEVER : second), { concurrency: 2 }));
}

describe('a stream in an ordered map', () => {
  it('is pulled once while it waits for its turn', () => {
    const rows = new Counted();
    watched(50, () => behindOneThatNeverEnds(rows.values$));

    expect(rows.pulled).toBe(1);
  });

  it('is pulled as the consumer takes, when it is its turn', () => {
    const rows = new Counted();
    const { emitted } = watched(51, () => of(0).pipe(asyncMap(() => rows.values$), asyncMap(() => timer(5))));

    expect(emitted).toBe(10);
    expect(rows.pulled).toBe(11);
  });

  it('lets go of what it comes from when it has ended, though its value still waits', () => {
    const rows = new Counted();
    const { completed } = watched(50, () => {
      const shared = concat(timer(1).pipe(ignoreElements()), rows.values$).pipe(share());
      behindOneThatNeverEnds(shared.pipe(take(1))).subscribe();
      return shared;
    });

    expect({ pulled: rows.pulled, completed }).toStrictEqual({ pulled: all, completed: true });
  });

  it('does not hold the source of its map', () => {
    const seeds = new Counted(3);
    const { completed } = watched(50, () => seeds.values$.pipe(asyncMap((n) => fromPull([n, n, n]), { concurrency: 3 })));

    expect({ pulled: seeds.pulled, completed }).toStrictEqual({ pulled: 3, completed: true });
  });
});
