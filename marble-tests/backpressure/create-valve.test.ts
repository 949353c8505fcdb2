import { asapScheduler, Observable, Subject, take } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createValve, currentValve, type SourceValve, type Valve } from '../../src/backpressure/index.js';
import { watchValve } from '../../src/backpressure/create-valve.js';
import { releaseLater } from '../../src/backpressure/release-later.js';
import { prefetch } from '../../src/index.js';
import { marbles } from '../marbles.js';
import { slowly } from '../probes.js';

function receiver(next: (value: unknown) => void = () => {}): { next: (value: unknown) => void; error: () => void; complete: () => void } {
  return { next, error: () => next('error'), complete: () => next('complete') };
}

describe('createValve', () => {
  it('is open until it is held, and held until the last hold is released', () => {
    const onOpen = vi.fn();
    const valve = createValve(onOpen);
    expect(valve.held).toBe(false);
    const first = valve.hold();
    const second = valve.hold();
    first();
    expect(valve.held).toBe(true);
    expect(onOpen).not.toHaveBeenCalled();
    second();
    expect(valve.held).toBe(false);
    expect(onOpen).toHaveBeenCalledTimes(1);
  });

  it('counts a release once, however often it is called', () => {
    const onOpen = vi.fn();
    const valve = createValve(onOpen);
    const first = valve.hold();
    valve.hold();
    first();
    first();
    first();
    expect(valve.held).toBe(true);
    expect(onOpen).not.toHaveBeenCalled();
  });

  it('is open, and no valve is current, when it says so', () => {
    const seen: unknown[] = [];
    const valve: SourceValve = createValve(() => seen.push(valve.held, currentValve()));
    const outer = createValve(() => {});
    outer.next(receiver(valve.hold()), 1);
    expect(seen).toEqual([false, undefined]);
  });

  it('is no longer held at once, and goes on soon, when whoever leaves lets it go', async () => {
    const onOpen = vi.fn();
    const valve = createValve(onOpen);
    const release = valve.hold();
    releaseLater(release);
    releaseLater(release);
    expect([valve.held, onOpen.mock.calls.length]).toEqual([false, 0]);
    await new Promise((resolve) => asapScheduler.schedule(resolve));
    expect(onOpen).toHaveBeenCalledTimes(1);
  });

  it('does not go on when it has been held again meanwhile', async () => {
    const onOpen = vi.fn();
    const valve = createValve(onOpen);
    releaseLater(valve.hold());
    valve.hold();
    await new Promise((resolve) => asapScheduler.schedule(resolve));
    expect(onOpen).not.toHaveBeenCalled();
  });

  it('may be held again inside its opening', () => {
    let openings = 0;
    const valve: SourceValve = createValve(() => {
      if (++openings === 1) valve.hold();
    });
    valve.hold()();
    expect([openings, valve.held]).toEqual([1, true]);
  });

  it('may be held and released inside its opening', () => {
    let openings = 0;
    const valve: SourceValve = createValve(() => {
      if (++openings < 3) valve.hold()();
    });
    valve.hold()();
    expect([openings, valve.held]).toEqual([3, false]);
  });
});

describe('currentValve', () => {
  it('is the valve of the delivery on the stack, for values, errors and completions', () => {
    const valve = createValve(() => {});
    const seen: (Valve | undefined)[] = [];
    const look = receiver(() => seen.push(currentValve()));
    valve.next(look, 1);
    valve.error(look, 1);
    valve.complete(look);
    expect(seen).toEqual([valve, valve, valve]);
    expect(currentValve()).toBeUndefined();
  });

  it('is the innermost of nested deliveries, and the outer one again after it', () => {
    const outer = createValve(() => {});
    const inner = createValve(() => {});
    const seen: (Valve | undefined)[] = [];
    outer.next(
      receiver(() => {
        inner.next(receiver(() => seen.push(currentValve())), 1);
        seen.push(currentValve());
      }),
      1,
    );
    expect(seen[0]).toBe(inner);
    expect(seen[1]).toBe(outer);
  });

  it.each(['next', 'error', 'complete'] as const)('is put back when %s throws', (kind) => {
    const valve = createValve(() => {});
    const thrower = receiver(() => {
      throw new Error('thrown');
    }) as never;
    expect(() => {
      if (kind === 'next') valve.next(thrower, 1);
      else if (kind === 'error') valve.error(thrower, 1);
      else valve.complete(thrower);
    }).toThrow('thrown');
    expect(currentValve()).toBeUndefined();
  });

  it('is found under the symbol of the protocol, so that another copy of the package finds it', () => {
    const slot = Symbol.for('rxjs-background.valve/1');
    const valve = createValve(() => {});
    let found: unknown;
    valve.next(
      receiver(() => {
        found = (globalThis as Record<symbol, unknown>)[slot];
      }),
      1,
    );
    expect(found).toBe(valve);
  });
});

/** The example of the documentation. */
function countTo(to: number, pulled: (value: number) => void = () => {}): Observable<number> {
  return new Observable((subscriber) => {
    let next = 1;
    let running = false;
    const valve = createValve(run);
    function run(): void {
      if (running) return;
      running = true;
      while (!valve.held && !subscriber.closed) {
        if (next > to) valve.complete(subscriber);
        else {
          pulled(next);
          valve.next(subscriber, next++);
        }
      }
      running = false;
    }
    run();
  });
}

describe('a source written with createValve', () => {
  it('waits for a slow consumer', marbles(({ expectObservable }) => {
    const calls = new Subject<number>();
    expectObservable(calls).toBe('    a---b---c------', { a: 1, b: 2, c: 3 });
    const counted = countTo(3, (value) => calls.next(value)).pipe(slowly(4));
    expectObservable(counted).toBe('  ----a---b---(c|)', { a: 1, b: 2, c: 3 });
  }));

  it('is read ahead by prefetch', marbles(({ expectObservable }) => {
    const calls = new Subject<number>();
    expectObservable(calls).toBe('    (ab)c---d------', { a: 1, b: 2, c: 3, d: 4 });
    const counted = countTo(4, (value) => calls.next(value)).pipe(prefetch(1), slowly(4), take(3));
    expectObservable(counted).toBe('  ----a---b---(c|)', { a: 1, b: 2, c: 3 });
  }));
});

describe('watchValve', () => {
  it('tells of every change, before the source goes on, until it is stopped', () => {
    const log: unknown[] = [];
    const valve = createValve(() => log.push('goes on'));
    const stop = watchValve(valve, () => log.push(valve.held));
    const first = valve.hold();
    const second = valve.hold();
    first();
    second();
    stop();
    valve.hold()();
    expect(log).toEqual([true, false, 'goes on', 'goes on']);
  });

  it('bears a valve of a foreign copy, of which it hears nothing', () => {
    const foreign: Valve = { held: false, hold: () => () => undefined };
    const stop = watchValve(foreign, () => expect.fail());
    foreign.hold()();
    stop();
  });
});

describe('a valve of a foreign copy', () => {
  it('is held and released like one of our own', marbles(({ cold, expectObservable, flush }) => {
    const slot = Symbol.for('rxjs-background.valve/1');
    const realm = globalThis as Record<symbol, unknown>;
    const log: string[] = [];
    const foreign: Valve = {
      held: false,
      hold: () => {
        log.push('held');
        return () => log.push('released');
      },
    };
    const source = new Observable<string>((subscriber) =>
      cold('a-|').subscribe({
        next: (value) => {
          realm[slot] = foreign;
          subscriber.next(value);
          realm[slot] = undefined;
        },
        complete: () => subscriber.complete(),
      }),
    );
    expectObservable(source.pipe(slowly(4))).toBe('----(a|)');
    flush();
    expect(log).toEqual(['held', 'released']);
  }));
});
