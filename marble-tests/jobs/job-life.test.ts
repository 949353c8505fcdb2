import { describe, expect, it } from 'vitest';
import { JobLife } from '../../src/jobs/job-life.js';

describe('the life of a job', () => {
  it('is queued, then running, then over', () => {
    const life = new JobLife<number>();
    expect(life.state).toBe('queued');
    life.begin();
    expect(life.state).toBe('running');
    expect(life.over).toBe(false);
    expect(life.finish({ state: 'done', value: 1 })).toBe(true);
    expect([life.state, life.over]).toEqual(['done', true]);
  });

  it('ends once', () => {
    const life = new JobLife<number>();
    life.finish({ state: 'cancelled', error: 'c' });
    expect(life.finish({ state: 'done', value: 1 })).toBe(false);
    life.begin();
    expect(life.state).toBe('cancelled');
  });

  it('tells who listens, once, and who comes later at once', () => {
    const life = new JobLife<number>();
    const told: unknown[] = [];
    life.listen((end) => told.push(['early', end]));
    life.finish({ state: 'done', value: undefined as never });
    expect(told).toEqual([]);
    life.tell();
    life.tell();
    life.listen((end) => told.push(['late', end]));
    const end = { state: 'done', value: undefined };
    expect(told).toEqual([['early', end], ['late', end]]);
  });

  it('does not tell who has stopped listening, even while others are told', () => {
    const life = new JobLife<number>();
    const told: string[] = [];
    life.listen(() => {
      told.push('first');
      stop();
      life.listen(() => told.push('inside'));
    });
    const stop = life.listen(() => told.push('second'));
    life.finish({ state: 'failed', error: undefined });
    life.tell();
    expect(told).toEqual(['first', 'inside']);
  });
});
