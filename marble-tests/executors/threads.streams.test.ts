import { of, range, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { play } from './simulated-play.js';
import { unreadable } from './simulated-thread.js';

vi.mock('../../src/executors/threads/thread.js', () => import('./simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('./simulated-thread.js'));

const streams = (...values: unknown[]) => ({ streams: values.map((brings) => ({ ms: 1, brings })) });

describe('a result that streams out of a thread', () => {
  it.each([0, 1, 20])('fails with a value that cannot be read, and its thread, which may wait for credit, with it; %d', (before) => {
    const seen: unknown[] = [];
    play(
      {
        deathMs: 5,
        deed: (n: number) => (n > 0 ? {} : streams(...Array.from({ length: before }, (_, i) => i), unreadable, ...Array.from({ length: 40 }))),
      },
      ({ pool, task, at, threads, running }) => {
        of(0).pipe(backgroundMap(task, { timeoutMs: 1000 })).subscribe({ next: (value) => seen.push(value), error: () => seen.push('failed') });
        at(100, () => {
          range(1, 3).pipe(backgroundMap(task)).subscribe((value) => seen.push(value));
        });
        at(200, () => {
          expect([pool.free, running.now]).toEqual([1, 0]);
          void pool.close();
        });
        return () => {
          expect(threads()).toBe(0);
          expect(seen).toEqual([...Array.from({ length: before }, (_, i) => i), 'failed', 1, 2, 3]);
        };
      },
    );
  });

  it('is not late while its consumer holds it and its credit is used up', () => {
    const seen: unknown[] = [];
    play({ deed: () => streams(...Array.from({ length: 9 }, (_, i) => i)) }, ({ pool, task, at }) => {
      let release: (() => void) | undefined;
      of(0)
        .pipe(
          backgroundMap(task, { timeoutMs: 20, streamAhead: 2 }),
          tap(() => (release ??= currentValve()?.hold())),
        )
        .subscribe({ next: (value) => seen.push(value), error: () => seen.push('failed') });
      at(500, () => {
        expect(seen).toEqual([0]);
        release?.();
      });
      at(900, () => {
        void pool.close();
      });
      return () => {
        expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      };
    });
  });
});
