import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inline } from '../../src/executors/inline.js';
import type { TaskContext } from '../../src/worker/task-context.js';
import { currentTask } from '../../src/worker/current-task.js';
import { listen } from './listening.js';

describe('currentTask in inline', () => {
  it('gives attempt, data, signal and stopped', () => {
    const seen: unknown[] = [];
    const here = inline(
      {
        look: () => {
          const { attempt, data, stopped, signal } = currentTask();
          seen.push({ attempt, data, stopped, aborted: signal.aborted });
        },
      },
      { data: { key: 'secret' } },
    );
    listen(here, { task: 'look' });
    listen(here, { task: 'look', attempt: 3 });

    expect(seen).toEqual([
      { attempt: 1, data: { key: 'secret' }, stopped: false, aborted: false },
      { attempt: 3, data: { key: 'secret' }, stopped: false, aborted: false },
    ]);
  });

  it('gives undefined for data that was not given', () => {
    let data: unknown = 'untouched';
    listen(inline(), { task: () => (data = currentTask().data) });

    expect(data).toBeUndefined();
  });

  it('is stopped, and its signal aborted, when the call is cancelled', () => {
    let context: TaskContext | undefined;
    const aborts: string[] = [];
    const { cancel } = listen(inline(), {
      task: () => {
        context = currentTask();
        context.signal.addEventListener('abort', () => aborts.push('abort'));
        return NEVER;
      },
    });
    expect(context).toMatchObject({ stopped: false });
    cancel();

    expect(context).toMatchObject({ stopped: true });
    expect(context?.signal.aborted).toBe(true);
    expect(aborts).toEqual(['abort']);
  });

  it('has an aborted signal even when that is first read after the cancel', () => {
    let context: TaskContext | undefined;
    const { cancel } = listen(inline(), {
      task: () => {
        context = currentTask();
        return NEVER;
      },
    });
    cancel();

    expect(context?.signal.aborted).toBe(true);
  });

  it('is not stopped by success', () => {
    let context: TaskContext | undefined;
    listen(inline(), { task: () => (context = currentTask()) });

    expect(context).toMatchObject({ stopped: false, signal: { aborted: false } });
  });

  it('is of the task that asks, when one calls another', () => {
    const here = inline({
      outer: () => [currentTask().attempt, listen(here, { task: 'inner', attempt: 7 }).told, currentTask().attempt],
      inner: (): number => currentTask().attempt,
    });

    expect(listen(here, { task: 'outer', attempt: 2 }).told).toEqual([
      'started',
      ['result', [2, ['started', ['result', 7]], 2]],
    ]);
  });

  it('throws where no task runs', () => {
    expect(() => currentTask()).toThrow('currentTask() was called while no task is running');
  });
});
