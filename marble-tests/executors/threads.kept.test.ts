import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NEVER, concat, range } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ThreadsExecutor } from '../../src/executors/threads/threads-executor.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { play } from './simulated-play.js';
import type { Deed } from './simulated-thread.js';

vi.mock('../../src/executors/threads/thread.js', () => import('./simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('./simulated-thread.js'));

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const fails: Partial<Deed> = { does: 'throw', brings: 'oops' };

describe('a pool keeps nothing of a stream that', () => {
  it.each([
    ['has completed', false, 10],
    ['has failed', false, 5],
    ['has been left', true, 10],
  ])('%s', async (_, isLeft, failing) => {
    let kept: ThreadsExecutor | undefined;
    let select: WeakRef<object> | undefined;
    play({ deed: (n) => (n === failing ? fails : {}) }, ({ pool, task, at }) => {
      kept = pool;
      const same = (n: number): number => n;
      select = new WeakRef(same);
      const source$ = isLeft ? concat(range(0, 10), NEVER) : range(0, 10);
      const subscription = source$.pipe(backgroundMap(task, { select: same })).subscribe({ error: () => undefined });
      if (isLeft) at(5, () => subscription.unsubscribe());
      return () => undefined;
    });
    await new Promise(setImmediate);
    gc();
    expect(select!.deref()).toBeUndefined();
    expect(kept!.free).toBe(1);
  });

  it('has attempts which are over', async () => {
    const given: WeakRef<object>[] = [];
    play({ deed: (n, attempt) => (n % 2 === 0 && attempt === 1 ? fails : { brings: n }) }, ({ task }) => {
      const args = (): unknown[] => {
        const more = {};
        given.push(new WeakRef(more));
        return [more];
      };
      concat(range(0, 10), NEVER)
        .pipe(backgroundMap(task, { args: args as never, retry: 1 }))
        .subscribe();
      return () => undefined;
    });
    await new Promise(setImmediate);
    gc();
    expect(given.map((more) => more.deref())).toEqual(new Array(15).fill(undefined));
  });
});
