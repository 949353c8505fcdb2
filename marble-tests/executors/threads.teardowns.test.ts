import { config, finalize } from 'rxjs';
import { afterEach, expect, it, vi } from 'vitest';
import { play } from './simulated-play.js';

vi.mock('../../src/executors/threads/thread.js', () => import('./simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('./simulated-thread.js'));

afterEach(() => {
  config.onUnhandledError = null;
});

it('a teardown that throws when a call has ended is reported, and a pool that is being closed closes', () => {
  const reported: unknown[] = [];
  config.onUnhandledError = ({ errors }: { errors: unknown[] }) => reported.push(...errors);
  play({ most: 1 }, ({ pool, task, threads }) => {
    const throwing = finalize(() => {
      throw 'teardown';
    });
    task(1).pipe(throwing).subscribe();
    void pool.close();
    return () => {
      expect(threads()).toBe(0);
      expect(reported).toEqual(['teardown']);
    };
  });
});
