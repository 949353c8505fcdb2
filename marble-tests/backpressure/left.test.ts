// What every source and operator of the package owes to whoever leaves: nothing of it is left, at whatever moment.
import { asyncScheduler, concatMap, defer, NEVER, Observable, type OperatorFunction, Subject, take, takeUntil } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createValve, currentValve, holding, type Valve } from '../../src/backpressure/index.js';
import { asyncMap, expandFetch, flatten } from '../../src/index.js';
import { Calls } from '../probes.js';
import { cases, type Make } from './cases.js';

const values = Array.from('abcdef');

/** What calls it after a subscriber has left is counted. */
function callsAfter(make: Make, leave: (source: Observable<unknown>) => Observable<unknown>): { values: number; calls: number } {
  const calls = new Calls<unknown>();
  let atEnd: number | undefined;
  let late = 0;
  leave(make(values, 'complete', calls)).subscribe({
    next: () => {
      if (atEnd !== undefined) late++;
    },
    complete: () => {
      atEnd = calls.count;
    },
  });
  for (let ms = 0; ms < 500 && atEnd === undefined; ms++) vi.advanceTimersByTime(1);
  expect(atEnd).toBeDefined();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(500);
  return { values: late, calls: calls.count - (atEnd ?? 0) };
}

describe.each(cases)('%s', (_name, make) => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('leaves no timer behind when it is unsubscribed, at whatever moment', () => {
    for (const ms of [0, 1, 2, 3, 4, 5, 7, 9, 30]) {
      const seen = vi.fn();
      const subscription = make(values, 'complete', new Calls()).subscribe(seen);
      vi.advanceTimersByTime(ms);
      seen.mockClear();
      subscription.unsubscribe();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(500);
      expect(seen).not.toHaveBeenCalled();
    }
  });

  it.each(['complete', 'error'] as const)('leaves no timer behind when it ends with %s', (end) => {
    const ended = vi.fn();
    make(values, end, new Calls()).subscribe({ error: ended, complete: ended });
    vi.advanceTimersByTime(500);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('calls and delivers nothing more when it is left inside a delivery', () => {
    expect(callsAfter(make, take(1))).toEqual({ values: 0, calls: 0 });
    expect(callsAfter(make, take(2))).toEqual({ values: 0, calls: 0 });
  });

  it('calls and delivers nothing more when it is left while it is held', () => {
    const leave = new Subject<void>();
    const held = (source: Observable<unknown>): Observable<unknown> =>
      new Observable((subscriber) => {
        let valve: Valve | undefined;
        subscriber.add(
          source.pipe(takeUntil(leave)).subscribe({
            next: (value) => {
              if (valve === undefined) {
                valve = currentValve();
                valve?.hold();
                asyncScheduler.schedule(() => leave.next(), 20);
              }
              subscriber.next(value);
            },
            error: (error: unknown) => subscriber.error(error),
            complete: () => subscriber.complete(),
          }),
        );
      });
    expect(callsAfter(make, held)).toEqual({ values: 0, calls: 0 });
  });

  it('brings the same again to a second subscriber', () => {
    vi.useRealTimers();
    const bring = (source: Observable<unknown>): unknown[] => {
      const seen: unknown[] = [];
      new TestScheduler(() => {}).run(({ flush }) => {
        source.subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error), complete: () => seen.push('complete') });
        flush();
      });
      return seen;
    };
    const source = make(values, 'complete', new Calls());
    expect(bring(source)).toEqual(bring(source));
  });
});

describe('an operator that is left inside the function it calls', () => {
  const leave = new Subject<void>();
  const leaving = (): typeof NEVER => {
    leave.next();
    return NEVER;
  };

  it.each([
    ['asyncMap', asyncMap(leaving)],
    ['flatten', flatten(leaving)],
    ['expandFetch', expandFetch(leaving, () => undefined)],
    ['holding', concatMap(() => holding(defer(leaving)))],
  ] as [string, OperatorFunction<number, unknown>][])('holds nothing any more: %s', (_name, operator) => {
    const valve = createValve(() => {});
    const source = new Observable<number>((subscriber) => {
      valve.next(subscriber, 1);
    });
    source.pipe(operator, takeUntil(leave)).subscribe();
    expect(valve.held).toBe(false);
  });
});
