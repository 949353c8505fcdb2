import { concat, finalize, map, merge, NEVER, of, range, Subject, tap, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentValve } from '../../src/backpressure/current-valve.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { fromPull } from '../../src/sources/from-pull.js';
import { SharedCells } from '../../src/worker/shared-cells.js';
import { play } from './simulated-play.js';
import type { Deed } from './simulated-thread.js';

vi.mock('../../src/executors/threads/thread.js', () => import('./simulated-thread.js'));
vi.mock('../../src/executors/threads/shared-now.js', () => import('./simulated-thread.js'));

interface Seen {
  readonly values: unknown[];
  end: string;
}

/** What a stream brings, and how it ends. */
function seen(values$: Observable<unknown>): Seen {
  const all: Seen = { values: [], end: '' };
  values$.subscribe({
    next: (value) => all.values.push(value),
    error: (error: unknown) => (all.end = error instanceof Error ? error.name : String(error)),
    complete: () => (all.end = 'complete'),
  });
  return all;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const fails: Partial<Deed> = { does: 'throw', brings: 'oops' };

describe('a failure in a chunk', () => {
  it('may close the pool by force when its source is left', () => {
    play({ most: 2, deed: (n) => (n === 5 ? fails : {}) }, ({ pool, task, timers }) => {
      const source = concat(range(0, 100), NEVER).pipe(finalize(() => void pool.close({ force: true })));
      const all = seen(source.pipe(backgroundMap(task, { chunkSize: 20 })));
      return () => {
        expect(all).toEqual({ values: upTo(5), end: 'oops' });
        expect(timers()).toBe(0);
      };
    });
  });

  it('that onError gives no stream for ends in advice', () => {
    play({ deed: (n) => (n === 5 ? fails : {}) }, ({ task }) => {
      const error = vi.fn<(error: Error) => void>();
      range(0, 9)
        .pipe(backgroundMap(task, { name: 'named', onError: () => 0 as never }))
        .subscribe({ error });
      return () => expect(error.mock.lastCall?.[0].message).toMatch(/^named: onError gave 0 for the value at index 5/);
    });
  });

  it('of a map before another on the same pool takes nothing from that one', () => {
    play({ messageMs: 1, cannotBeSent: (n) => n === 2 }, ({ task, at }) => {
      const feed = new Subject<number>();
      for (const n of upTo(4)) at(n, () => feed.next(n));
      const all = seen(
        feed.pipe(
          backgroundMap(task),
          map((n) => n + 100),
          backgroundMap(task),
        ),
      );
      return () => expect(all).toEqual({ values: [100, 101], end: 'TaskCloneError' });
    });
  });

  it('of one stream may cancel a call of another whose result is just coming: it is not told', () => {
    play({ messageMs: 1, cannotBeSent: (n) => n === 2 }, ({ task, pool }) => {
      const told: string[] = [];
      const note = (what: string) => (): void => void told.push(what);
      const cancel = pool.execute(
        { task: 'work', args: [1], attempt: 1 },
        { started: note('started'), result: note('result'), failed: note('failed'), stream: note('stream') },
      );
      of(2).pipe(backgroundMap(task)).subscribe({ error: cancel });
      return () => expect(told).toEqual(['started']);
    });
  });

  it('is told of the value that cannot be read alone, where two cannot', () => {
    play({ messageMs: 1, cannotBeRead: (n) => n === 1 || n === 3 }, ({ task }) => {
      const all = seen(range(0, 6).pipe(backgroundMap(task, { chunkSize: 2, onError: 'settle', maxPending: 6 })));
      return () =>
        expect(all.values).toMatchObject([
          { value: 0 },
          { reason: { name: 'TaskCloneError' } },
          { value: 2 },
          { reason: { name: 'TaskCloneError' } },
          { value: 4 },
          { value: 5 },
        ]);
    });
  });

  it('is told of the value that cannot be read alone, though there is more to be sent to its thread', () => {
    play({ most: 2, messageMs: 1, cannotBeRead: (n) => n === 50, deed: () => ({ ms: 0.5 }) }, ({ task, messages }) => {
      const options = { chunkSize: 4, onError: 'skip', ordered: false, maxPending: 100 } as const;
      const all = seen(range(0, 200).pipe(backgroundMap(task, options)));
      return () => {
        expect(all.values.length).toBe(199);
        expect(messages.filter((inputs) => inputs.includes(50)).map(({ length }) => length)).toEqual([4, 1]);
      };
    });
  });

  it('begins nothing more, also while it cannot be told', () => {
    play({ deed: (n) => (n === 1 ? { ...fails, ms: 1 } : { ms: 1 }) }, ({ task, at, begun }) => {
      const all: unknown[] = [];
      let release = (): void => undefined;
      const feed = new Subject<number>();
      feed.pipe(backgroundMap(task, { chunkSize: 2, maxPending: 2 })).subscribe({
        next: (n) => {
          all.push(n);
          release = currentValve()!.hold();
        },
        error: (error: unknown) => all.push(error),
      });
      for (const n of upTo(9)) feed.next(n);
      at(60, () => {
        release();
      });
      return () => {
        expect(all).toEqual([0, 'oops']);
        expect(begun.map(({ input }) => input)).toEqual([0, 1]);
      };
    });
  });

  it.each([true, false])('in select comes before what came after it, ordered: %s', (ordered) => {
    play({}, ({ task }) => {
      const select = (n: number): number => {
        if (n === 2) throw new RangeError('two');
        return n;
      };
      const all = seen(range(0, 8).pipe(backgroundMap(task, { chunkSize: 8, ordered, select })));
      return () => expect(all).toEqual({ values: [0, 1], end: 'RangeError' });
    });
  });

  it('is told of the value that cannot be sent alone', () => {
    play({ most: 2, cannotBeSent: (n) => n === 4 }, ({ task, begun }) => {
      const all = seen(range(0, 9).pipe(backgroundMap(task, { chunkSize: 9, onError: 'skip' })));
      return () => {
        expect(all.values).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
        expect(begun.length).toBe(8);
      };
    });
  });
});

describe('a thread that dies', () => {
  it('fails the value that ran; those after it run elsewhere, and no value that was told runs again', () => {
    play({ most: 1, deed: (n: number) => (n === 10 ? { does: 'die', ms: 1 } : { ms: 1 }) }, ({ task, begun }) => {
      const all = seen(range(0, 16).pipe(backgroundMap(task, { chunkSize: 16, onError: 'skip' })));
      return () => {
        expect(all).toEqual({ values: upTo(16).filter((n) => n !== 10), end: 'complete' });
        // 8 and 9 had ended since the last report, 4 ms apart.
        expect(begun.map(({ input }) => input)).toEqual([...upTo(11), 8, 9, 11, 12, 13, 14, 15]);
      };
    });
  });
});

describe('a call among quick ones, whose thread has taken those behind it', () => {
  const options = { chunkSize: 256, maxPending: 1024 };

  it('and dies fails alone; they run elsewhere', () => {
    play({ most: 1, deed: (n: number) => (n === 150 ? { does: 'die', ms: 1 } : {}) }, ({ task, begun }) => {
      const all = seen(range(0, 250).pipe(backgroundMap(task, { ...options, onError: 'skip' })));
      return () => {
        expect(all).toEqual({ values: upTo(250).filter((n) => n !== 150), end: 'complete' });
        expect(begun.slice(0, 151).map(({ input }) => input)).toEqual(upTo(151));
        expect(begun.filter(({ input }) => (input as number) > 150).length).toBe(99);
      };
    });
  });

  it('and is slow keeps them until it is over when another thread has nothing to do, and no longer', () => {
    play({ most: 2, deed: (n: number) => ({ ms: n < 150 ? 0 : 10 }) }, ({ task, begun }) => {
      const all = seen(range(0, 190).pipe(backgroundMap(task, options)));
      return () => {
        expect(all).toEqual({ values: upTo(190), end: 'complete' });
        const last = begun.at(-1)!.at;
        expect(last - begun.find(({ input }) => input === 150)!.at).toBeLessThan(240);
      };
    });
  });

  it('and is slow tells what came before it as soon as it is over', () => {
    play({ most: 1, deed: (n: number) => ({ ms: n < 150 ? 0 : 10 }) }, ({ task, at }) => {
      const all = seen(range(0, 160).pipe(backgroundMap(task, { ...options, ordered: false })));
      at(12, () => expect(all.values).toEqual(upTo(151)));
      at(22, () => expect(all.values).toEqual(upTo(152)));
      return () => expect(all.end).toBe('complete');
    });
  });

  it('and is slow does so in the first message, too', () => {
    play({ most: 1, startMs: 5, deed: (n: number) => ({ ms: n < 150 ? 0 : 10 }) }, ({ task, at, messages }) => {
      const all = seen(range(0, 160).pipe(backgroundMap(task, { ...options, ordered: false })));
      at(17, () => expect(all.values).toEqual(upTo(151)));
      return () => expect([all.end, messages]).toEqual(['complete', [upTo(160)]]);
    });
  });

  it('and is slow does so in a short message, too', () => {
    play({ most: 1, deed: (n: number) => ({ ms: n < 10 ? 0 : 10 }) }, ({ task, at }) => {
      const all = seen(range(0, 15).pipe(backgroundMap(task, { chunkSize: 15, ordered: false })));
      at(12, () => expect(all.values).toEqual(upTo(11)));
      at(22, () => expect(all.values).toEqual(upTo(12)));
      return () => expect(all.end).toBe('complete');
    });
  });

  it('and is slow does so in a long one that is left from when its stream was quick', () => {
    const isSlow = (n: number): boolean => (n >= 1100 && n < 1105) || n >= 1300;
    play({ most: 1, deed: (n: number) => ({ ms: isSlow(n) ? 10 : 0 }) }, ({ task, at, messages }) => {
      const all = seen(range(0, 1330).pipe(backgroundMap(task, { maxPending: 4096, ordered: false })));
      at(62, () => expect(all.values).toEqual(upTo(1301)));
      at(72, () => expect(all.values).toEqual(upTo(1302)));
      return () => {
        expect(all.end).toBe('complete');
        expect(messages.at(-1)).toEqual(upTo(1330).slice(1025));
      };
    });
  });

  it.each([2, 20])('and is left is the last to begin, of %i ms', (ms) => {
    play({ most: 1, deed: (n: number) => (n === 150 ? { ms } : {}) }, ({ task, at, begun, pool, timers }) => {
      const subscription = range(0, 250).pipe(backgroundMap(task, options)).subscribe();
      at(ms / 2, () => subscription.unsubscribe());
      return () => {
        expect(begun.map(({ input }) => input)).toEqual(upTo(151));
        expect([pool.free, timers()]).toEqual([1, 0]);
      };
    });
  });
});

describe('a thread that may not be trusted', () => {
  it('finishes what runs; the rest of its chunk runs elsewhere', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    play({ most: 1, deed: (n) => ({ ms: 2, leaves: n === 1 }) }, ({ task, begun }) => {
      const all = seen(range(0, 8).pipe(backgroundMap(task, { chunkSize: 8, maxPending: 8 })));
      return () => {
        expect(all).toEqual({ values: upTo(8), end: 'complete' });
        expect(begun.map(({ input, thread }) => [input, thread])).toEqual(upTo(8).map((n) => [n, n < 3 ? 1 : 2]));
        expect(warned).toHaveBeenCalledOnce();
        warned.mockRestore();
      };
    });
  });
});

describe('a value that is late', () => {
  const deed = (n: number): Partial<Deed> => (n === 3 ? { does: 'spin' } : n === 5 ? { does: 'listen' } : { ms: 1 });

  it.each([0, 10])('is stopped alone, with graceMs %i; the others come once, in order', (graceMs) => {
    play({ most: 1, deed, graceMs }, ({ task, begun, pool, timers }) => {
      const all = seen(range(0, 8).pipe(backgroundMap(task, { chunkSize: 8, timeoutMs: 5, timeoutValue: -1 as never })));
      return () => {
        expect(all).toEqual({ values: [0, 1, 2, -1, 4, -1, 6, 7], end: 'complete' });
        expect(begun.filter(({ input }) => input === 3 || input === 5).length).toBe(2);
        expect([pool.free, timers()]).toEqual([1, 0]);
      };
    });
  });

  it('keeps nobody waiting for its end: those behind it run elsewhere', () => {
    const spins = (n: number): Partial<Deed> => (n === 0 ? { does: 'spin' } : { ms: 0.1 });
    play({ most: 1, spare: 0, deed: spins, graceMs: 500 }, ({ task, pool, at, begun }) => {
      const options = { chunkSize: 64, maxPending: 64, timeoutMs: 5, onError: 'skip' as const };
      const all = seen(range(0, 64).pipe(backgroundMap(task, options)));
      at(2, () => {
        pool.resize({ maxThreads: 2 });
      });
      at(6, () => expect(begun.length).toBeGreaterThan(1));
      at(20, () => expect(all).toEqual({ values: upTo(64).slice(1), end: 'complete' }));
      return () => undefined;
    });
  });

  it('goes by its own start, not by that of its chunk', () => {
    play({ most: 1, deed: () => ({ ms: 4 }) }, ({ task }) => {
      const all = seen(range(0, 30).pipe(backgroundMap(task, { chunkSize: 30, timeoutMs: 5 })));
      return () => expect(all).toEqual({ values: upTo(30), end: 'complete' });
    });
  });
});

describe('attempts', () => {
  const deed = (n: number, attempt: number): Partial<Deed> =>
    n % 10 === 3 && attempt === 1 ? { ...fails, ms: 1 } : { ms: 1 };

  it.each([1, 2])('count as calls of their map: never more than its concurrency, %i', (concurrency) => {
    play({ most: 3, deed }, ({ task, running }) => {
      const all = seen(range(0, 50).pipe(backgroundMap(task, { concurrency, retry: 1, chunkSize: 8 })));
      return () => {
        expect(all).toEqual({ values: upTo(50), end: 'complete' });
        expect(running.most).toBe(concurrency);
      };
    });
  });

  it('wait no longer than for what their map has given to threads already', () => {
    play({ most: 2, messageMs: 1, deed: (n, attempt) => (n === 3 && attempt === 1 ? fails : { ms: 0.1 }) }, ({ task }) => {
      const options = { concurrency: 1, ordered: false, retry: 1, maxPending: 1000, chunkSize: 50 };
      const all = seen(range(0, 3000).pipe(backgroundMap(task, options)));
      return () => {
        expect(all.values.length).toBe(3000);
        expect(all.values.indexOf(3)).toBeLessThan(200);
      };
    });
  });

  it('are cut short by force when they wait for their turn', () => {
    play({ most: 3, deed: (n) => (n < 2 ? fails : { does: 'spin' }) }, ({ task, pool, at }) => {
      const all = seen(range(0, 8).pipe(backgroundMap(task, { concurrency: 1, retry: 1, chunkSize: 8, onError: 'settle' })));
      at(20, () => void pool.close({ force: true }));
      return () => {
        expect(all.end).toBe('complete');
        expect(all.values.map((record) => (record as { reason: Error }).reason.name)).toEqual(
          upTo(8).map(() => 'ExecutorClosedError'),
        );
      };
    });
  });

  it('that wait for their turn are forgotten when nobody wants them', () => {
    play({ most: 3, graceMs: 3, deed: (n) => (n < 2 ? fails : { does: 'spin' }) }, ({ task, pool, at, begun, timers }) => {
      const subscription = range(0, 8)
        .pipe(backgroundMap(task, { concurrency: 1, retry: 1, chunkSize: 8 }))
        .subscribe();
      at(20, () => subscription.unsubscribe());
      return () => {
        expect(begun.map(({ input }) => input)).toEqual([0, 1, 2]);
        expect([pool.free, timers()]).toEqual([3, 0]);
      };
    });
  });
});

describe('a pool that is resized', () => {
  it('is ready when the threads are that it may have by then', async () => {
    const readied: Promise<void>[] = [];
    for (const maxThreads of [1, 3]) {
      play({ most: 2, startMs: 3 }, ({ pool, at, threads }) => {
        readied.push(pool.ready());
        at(1, () => pool.resize({ maxThreads }));
        return () => expect(threads()).toBe(maxThreads);
      });
    }
    expect(await Promise.all(readied)).toEqual([undefined, undefined]);
  });

  it.each([{}, { chunkSize: 50 }, { chunkSize: 50, concurrency: 3, maxPending: 1000 }])('to fewer threads lets those too many go: %j', (options) => {
    play({ most: 3, messageMs: 1, deed: () => ({ ms: 0.1 }) }, ({ task, pool, at, running }) => {
      const all = seen(fromPull(upTo(3000)).pipe(backgroundMap(task, options)));
      at(60, () => {
        pool.resize({ maxThreads: 1 });
      });
      at(80, () => {
        expect(all.values.length).toBeLessThan(2900);
        running.most = 0;
      });
      return () => {
        expect(running.most).toBe(1);
        expect(all).toEqual({ values: upTo(3000), end: 'complete' });
      };
    });
  });

  it('to fewer threads ends those too many, and no other while they go', () => {
    const ms = [0, 10, 20, 5];
    play({ most: 2, startMs: 3, messageMs: 8, deed: (n: number) => ({ ms: ms[n]! }) }, ({ task, pool, at, begun, threads }) => {
      const call = (n: number): void => void task(n).subscribe();
      call(1);
      call(2);
      at(5, () => pool.resize({ maxThreads: 1 }));
      // The thread of the first call goes from 29 on. Of that, the pool knows at 45; of the second call's end, at 39.
      at(36, () => expect(threads()).toBe(2));
      at(60, () => {
        expect(threads()).toBe(1);
        call(3);
      });
      return () => expect(begun.map(({ input, thread }) => [input, thread])).toEqual([[1, expect.anything()], [2, begun[1]!.thread], [3, begun[1]!.thread]]);
    });
  });

  it('to more uses them at once', () => {
    play({ most: 1, messageMs: 1, deed: () => ({ ms: 1 }) }, ({ task, pool, at, running }) => {
      const all = seen(fromPull(upTo(200)).pipe(backgroundMap(task)));
      at(20, () => {
        pool.resize({ maxThreads: 3 });
        running.most = 0;
      });
      at(30, () => expect(running.most).toBe(3));
      return () => expect(all).toEqual({ values: upTo(200), end: 'complete' });
    });
  });
});

describe('a pool that is closed', () => {
  it('finishes what was given before, and nothing that comes after, though a thread dies meanwhile', () => {
    play({ most: 1, deed: (n: number) => (n === 2 ? { does: 'die', ms: 1 } : { ms: 1 }) }, ({ task, pool, at }) => {
      const feed = new Subject<number>();
      const all = seen(feed.pipe(backgroundMap(task, { chunkSize: 4, maxPending: 100, onError: 'settle' })));
      for (const n of upTo(6)) feed.next(n);
      at(5, () => void pool.close());
      at(6, () => {
        for (const n of upTo(6)) feed.next(100 + n);
        feed.complete();
      });
      return () => {
        expect(all.end).toBe('complete');
        expect(
          all.values.map((record) => {
            const { value, reason } = record as { value?: number; reason?: Error };
            return value ?? reason?.name;
          }),
        ).toEqual([0, 1, 'WorkerCrashError', 3, 4, 5, ...upTo(6).map(() => 'ExecutorClosedError')]);
      };
    });
  });
});

describe('a function that cannot be sent', () => {
  it('fails each value with an error of its own, whose stack leads to that value', () => {
    play({}, ({ pool }) => {
      const bound = function same(n: number): number {
        return n;
      }.bind(null);
      const all = seen(range(0, 3).pipe(backgroundMap(bound, { executor: pool, onError: 'settle' })));
      return () => {
        const stacks = all.values.map((record) => (record as { reason: Error }).reason.stack ?? '');
        expect(stacks.map((stack) => stack.match(/\(index \d\)/g))).toEqual([['(index 0)'], ['(index 1)'], ['(index 2)']]);
      };
    });
  });
});

describe('a pool that is closed by force', () => {
  it.each([true, false])('fails what comes when others are told that they were cut short, too, ordered: %s', (ordered) => {
    play({ most: 1, deed: () => ({ does: 'spin' }) }, ({ task, pool, at }) => {
      const all = seen(range(0, 30).pipe(backgroundMap(task, { ordered, onError: 'settle' })));
      at(5, () => void pool.close({ force: true }));
      return () => {
        expect(all.end).toBe('complete');
        expect(all.values.map((record) => (record as { reason: Error }).reason.name)).toEqual(
          upTo(30).map(() => 'ExecutorClosedError'),
        );
        expect(pool.free).toBe(1);
      };
    });
  });

  it('has nothing waiting afterwards, though some values had no arguments', () => {
    const deed = (n: number): Partial<Deed> => ({ ms: n % 3 === 0 ? 5 : 0 });
    play({ most: 1, deed, startMs: 3, messageMs: 1 }, ({ pool, task, at }) => {
      const args = (n: number): [] => {
        if (n % 5 === 4) throw new RangeError('no arguments');
        return [];
      };
      const feed = new Subject<number>();
      const map = backgroundMap(task, { args, ordered: false, timeoutMs: 3, onError: (error) => [error] });
      const all = seen(feed.pipe(map));
      const other = seen(of(0).pipe(backgroundMap(task)));
      for (const n of upTo(11)) feed.next(n);
      feed.complete();
      at(33, () => void pool.close({ force: true }));
      at(50, () => expect(pool.free).toBe(1));
      return () => {
        expect([all.values.length, all.end]).toEqual([11, 'complete']);
        expect(other.end).not.toBe('');
      };
    });
  });
});

describe('an unsubscription', () => {
  it('begins nothing more, and frees the threads', () => {
    for (let moment = 0; moment < 30; moment++) {
      play({ most: 2, messageMs: 1, deed: () => ({ ms: 1 }) }, ({ task, pool, at, begun, timers }) => {
        const subscription = fromPull(upTo(1000)).pipe(backgroundMap(task)).subscribe();
        let before = 0;
        at(moment, () => {
          subscription.unsubscribe();
          before = begun.length;
        });
        return () => {
          expect(begun.length).toBe(before);
          expect([pool.free, timers()]).toEqual([2, 0]);
        };
      });
    }
  });

  it('kills what goes on', () => {
    play({ most: 1, graceMs: 5, deed: (n) => (n === 4 ? { does: 'spin' } : {}) }, ({ task, pool, at }) => {
      const subscription = range(0, 8).pipe(backgroundMap(task, { chunkSize: 8 })).subscribe();
      at(3, () => subscription.unsubscribe());
      let after: Seen | undefined;
      at(4, () => (after = seen(of(7).pipe(backgroundMap(task)))));
      return () => {
        expect(after).toEqual({ values: [7], end: 'complete' });
        expect(pool.free).toBe(1);
      };
    });
  });

  it('kills what goes on where that begins while those behind it are taken back', () => {
    let endThree = (): void => undefined;
    const deed = (n: number): Partial<Deed> => {
      if (n === 3) return { does: 'wait', until: (end) => (endThree = end) };
      return n === 4 ? { does: 'spin' } : {};
    };
    play({ most: 1, graceMs: 5, deed }, ({ task, pool, at, begun }) => {
      const subscription = range(0, 8).pipe(backgroundMap(task, { chunkSize: 8 })).subscribe();
      at(3, () => {
        const { drop } = SharedCells.prototype;
        vi.spyOn(SharedCells.prototype, 'drop').mockImplementationOnce(function (this: SharedCells, serial, end) {
          endThree();
          drop.call(this, serial, end);
        });
        subscription.unsubscribe();
        vi.restoreAllMocks();
      });
      return () => {
        expect(begun.map(({ input }) => input)).toEqual(upTo(5));
        expect(pool.free).toBe(1);
      };
    });
  });

  it('of what has not begun leaves its thread alone once that has said so', () => {
    play({ most: 1, messageMs: 2 }, ({ task, at, begun, timers }) => {
      task(0).subscribe();
      at(10, () => task(1).subscribe().unsubscribe());
      at(20, () => expect(timers()).toBe(0));
      at(300, () => task(2).subscribe());
      return () => expect(begun).toMatchObject([{ input: 0, thread: 1 }, { input: 2, thread: 1 }]);
    });
  });
});

describe.each(['args', 'select', 'onError', 'timeout', 'delivery'])('leaving inside %s', (place) => {
  it.each([true, false])('calls nothing more, and frees everything; ordered: %s', (ordered) => {
    for (let n = 0; n < 14; n++) {
      const deed = (value: number): Partial<Deed> =>
        value % 3 === 1 ? fails : value % 7 === 2 ? { does: 'listen' } : { ms: value % 2 };
      play({ most: 2, messageMs: 1, deed, graceMs: 20 }, ({ task, pool, timers }) => {
        let calls = 0;
        let isOver = false;
        const call = (here: string): void => {
          expect(isOver).toBe(false);
          if (here !== place || calls++ < n) return;
          isOver = true;
          subscription.unsubscribe();
        };
        const subscription = fromPull(upTo(60))
          .pipe(
            backgroundMap(task as never, {
              ordered,
              chunkSize: 5,
              timeoutMs: 10,
              args: () => {
                call('args');
                return [];
              },
              select: (value: number) => {
                call('select');
                return value;
              },
              onError: (error: unknown) => {
                call(error instanceof Error ? 'timeout' : 'onError');
                return [];
              },
            }),
          )
          .subscribe(() => {
            call('delivery');
          });
        return () => {
          expect(isOver || calls <= n).toBe(true);
          expect([pool.free, timers()]).toEqual([2, 0]);
        };
      });
    }
  });
});

describe('a consumer that holds', () => {
  it('holds the source at maxPending, and what is pending is finished meanwhile', () => {
    play({ most: 2, deed: () => ({ ms: 1 }) }, ({ task, at, begun }) => {
      let entered = 0;
      const holds: (() => void)[] = [];
      const all: number[] = [];
      fromPull(upTo(100))
        .pipe(
          tap(() => entered++),
          backgroundMap(task, { maxPending: 10 }),
        )
        .subscribe((n) => {
          all.push(n);
          if (n % 20 === 0) holds.push(currentValve()!.hold());
        });
      at(50, () => {
        expect(all).toEqual([0]);
        expect([entered, begun.length]).toEqual([11, 11]);
        holds.shift()!();
      });
      at(200, () => {
        expect(all).toEqual(upTo(21));
        expect(entered).toBe(31);
        holds.shift()!();
      });
      for (const ms of [400, 500, 600]) at(ms, () => holds.shift()?.());
      return () => expect(all).toEqual(upTo(100));
    });
  });
});

describe('a map of which any number may be pending', () => {
  it('reads some thousands ahead of its threads, and all in the end', () => {
    play({ deed: (n) => (n === 0 ? { ms: 10 } : {}) }, ({ task, at }) => {
      let read = 0;
      const source = fromPull(upTo(20_000)).pipe(tap(() => read++));
      const all = seen(source.pipe(backgroundMap(task, { maxPending: Infinity })));
      at(5, () => expect([read > 1000, read < 10_000]).toEqual([true, true]));
      return () => expect(all).toEqual({ values: upTo(20_000), end: 'complete' });
    });
  });
});

describe('threads that are busy', () => {
  it.each([1, 5, 50])('have the next message at hand when they are done, tasks of %d ms', (ms) => {
    play({ most: 2, messageMs: 1, deed: () => ({ ms }) }, ({ task, begun }) => {
      fromPull(upTo(200)).pipe(backgroundMap(task)).subscribe();
      return () => {
        for (const thread of new Set(begun.map(({ thread }) => thread))) {
          const starts = begun.filter((call) => call.thread === thread).map(({ at }) => at);
          const waits = starts.slice(1).map((at, i) => at - starts[i]! - ms);
          // Not before the first report, when nobody knows how long a task takes; nor at the end, when they are shared out.
          expect(waits.slice(2, 90)).toEqual(waits.slice(2, 90).map(() => 0));
        }
      };
    });
  });
});

describe('threads that have nothing to do', () => {
  it('take over half of what waits behind a slow value', () => {
    const deed = (n: number): Partial<Deed> => ({ ms: n < 300 ? 0.01 : 10 });
    play({ most: 2, deed }, ({ task, now }) => {
      let done = 0;
      const all = seen(fromPull(upTo(340)).pipe(backgroundMap(task, { maxPending: 4096 }), tap(() => (done = now()))));
      return () => {
        expect(all).toEqual({ values: upTo(340), end: 'complete' });
        // Ideal: 200 ms.
        expect(done).toBeLessThan(240);
      };
    });
  });

  it.each([{}, { chunkSize: 50, maxPending: 200 }])('serve other streams and single calls in their turn: %j', (options) => {
    play({ most: 1, messageMs: 0.1, deed: () => ({ ms: 0.1 }) }, ({ task, at, now }) => {
      const counts = [0, 0];
      const stream = (i: number): Observable<number> =>
        fromPull(upTo(2000)).pipe(
          backgroundMap(task, options),
          tap(() => counts[i]!++),
        );
      merge(stream(0), stream(1)).subscribe();
      const waited: number[] = [];
      for (let t = 20; t < 200; t += 20) {
        at(t, () => {
          task(1).subscribe(() => waited.push(now() - t));
        });
      }
      at(200, () => {
        expect(waited.length).toBe(9);
        expect(Math.max(...waited)).toBeLessThan(20);
        expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThan(200);
      });
      return () => expect(counts).toEqual([2000, 2000]);
    });
  });

  it('get a value of a trickle at once', () => {
    play({ most: 2 }, ({ task, at, now }) => {
      const feed = new Subject<number>();
      const waited: number[] = [];
      feed.pipe(backgroundMap(task)).subscribe((t) => waited.push(now() - t));
      for (let t = 0; t < 300; t += 10) at(t, () => feed.next(t));
      return () => expect(waited).toEqual(Array.from({ length: 30 }, () => 0));
    });
  });
});

describe('args as a function', () => {
  it('may bring the next value of the source', () => {
    play({ most: 2, messageMs: 1 }, ({ task, at }) => {
      const feed = new Subject<number>();
      const asked: [number, number][] = [];
      const all = seen(
        feed.pipe(
          backgroundMap(task as never, {
            args: (n: number, index: number) => {
              asked.push([n, index]);
              if (n < 5) feed.next(n + 1);
              return [];
            },
          }),
        ),
      );
      feed.next(0);
      at(100, () => {
        feed.complete();
      });
      return () => {
        expect(asked).toEqual(upTo(6).map((n) => [n, n]));
        expect(all).toEqual({ values: upTo(6), end: 'complete' });
      };
    });
  });

  it('is told positions, also behind a value that it throws for', () => {
    play({}, ({ task }) => {
      const asked: [number, number][] = [];
      const args = (n: number, index: number): [] => {
        asked.push([n, index]);
        if (n % 3 === 1) throw new Error('no');
        return [];
      };
      const all = seen(range(0, 10).pipe(backgroundMap(task as never, { args, chunkSize: 4, onError: 'skip' })));
      return () => {
        expect(all.values).toEqual([0, 2, 3, 5, 6, 8, 9]);
        expect(new Set(asked.map(([n, index]) => n - index))).toEqual(new Set([0]));
      };
    });
  });

  it('is not called for values after the one it leaves at', () => {
    play({ most: 1 }, ({ task, begun, pool }) => {
      const asked: number[] = [];
      const subscription = fromPull(upTo(20))
        .pipe(
          backgroundMap(task as never, {
            chunkSize: 8,
            maxPending: 8,
            args: (n: number) => {
              asked.push(n);
              if (n === 3) subscription.unsubscribe();
              return [];
            },
          }),
        )
        .subscribe();
      return () => {
        expect(asked).toEqual([0, 1, 2, 3]);
        expect(begun).toEqual([]);
        expect(pool.free).toBe(1);
      };
    });
  });

  it('may close the pool by force', () => {
    play({ most: 1 }, ({ task, pool }) => {
      const all = seen(
        range(0, 20).pipe(
          backgroundMap(task as never, {
            chunkSize: 4,
            args: (n: number) => {
              if (n === 6) void pool.close({ force: true });
              return [];
            },
          }),
        ),
      );
      return () => expect(all.end).toBe('ExecutorClosedError');
    });
  });
});

describe('select', () => {
  it.each([true, false])('may close the pool by force, ordered: %s', (ordered) => {
    play({ most: 2, messageMs: 1 }, ({ task, pool, timers }) => {
      const select = (n: number): number => {
        if (n === 6) void pool.close({ force: true });
        return n;
      };
      const all = seen(range(0, 40).pipe(backgroundMap(task, { chunkSize: 10, ordered, select })));
      return () => {
        expect(all.end).toBe('ExecutorClosedError');
        expect(new Set(all.values).size).toBe(all.values.length);
        expect(timers()).toBe(0);
      };
    });
  });

  it('may bring the next value of the source, and call the same pool', () => {
    play({ most: 2, messageMs: 1 }, ({ task, at }) => {
      const feed = new Subject<number>();
      const called: number[] = [];
      const select = (n: number): number => {
        if (n < 30) feed.next(n + 1);
        task(100 + n).subscribe((result) => called.push(result));
        return n;
      };
      const all = seen(feed.pipe(backgroundMap(task, { select })));
      feed.next(0);
      at(500, () => {
        feed.complete();
      });
      return () => {
        expect(all).toEqual({ values: upTo(31), end: 'complete' });
        expect(called.sort((a, b) => a - b)).toEqual(upTo(31).map((n) => 100 + n));
      };
    });
  });
});

describe('a message', () => {
  const mb = 1 << 20;
  const buffers = (count: number, bytes: number): ArrayBuffer[] =>
    Array.from({ length: count }, () => new ArrayBuffer(bytes));
  const holding = (count: number, bytes: number): { data: ArrayBuffer }[] =>
    buffers(count, bytes).map((data) => ({ data }));
  const bytesOf = (inputs: readonly unknown[]): number =>
    inputs.reduce((sum: number, input) => {
      const { byteLength, data } = input as Partial<ArrayBuffer> & { data?: ArrayBuffer };
      return sum + (byteLength ?? data?.byteLength ?? 1);
    }, 0);

  it.each([
    ['buffers', buffers(20, mb / 2), 2],
    ['buffers after numbers', [...upTo(2000), ...buffers(20, mb / 4)], 200],
    ['objects that hold buffers', holding(20, mb / 3), 2],
    ['those, after numbers', [...upTo(500), ...holding(20, mb / 4)], 50],
    ['those, in turn', upTo(100).map((n) => (n % 2 === 0 ? new ArrayBuffer(mb / 3) : { data: new ArrayBuffer(mb / 3) })), 2],
    ['strings', upTo(50).map(() => 'x'.repeat(mb / 10)), 5],
    ['huge ones', buffers(4, 5 * mb), 1],
  ] as const)('brings no more than about 1 MiB: %s', (_, inputs, most) => {
    play({ deed: () => ({ brings: 0 }) }, ({ task, messages }) => {
      const all = seen(fromPull<never>(inputs as never).pipe(backgroundMap(task as never)));
      return () => {
        expect(all.values.length).toBe(inputs.length);
        expect(messages.flat()).toEqual(inputs);
        for (const message of messages) {
          expect(message.length === 1 || bytesOf(message) <= 1.1 * mb).toBe(true);
        }
        expect(Math.max(...messages.map(({ length }) => length))).toBeGreaterThanOrEqual(most);
      };
    });
  });

  it('brings what was asked for', () => {
    play({ deed: () => ({ brings: 0 }) }, ({ task, messages }) => {
      seen(fromPull<never>(buffers(8, mb) as never).pipe(backgroundMap(task as never, { chunkSize: 4 })));
      return () => expect(messages[0]?.length).toBe(4);
    });
  });

  it('brings no object twice: a task that changes what it is given changes it for itself', () => {
    const [a, b] = [{ n: 1 }, { n: 2 }];
    const inputs = [a, a, b, a, 1, 1, 'x', 'x', a, b, b];
    play({ deed: () => ({ brings: 0 }) }, ({ task, messages }) => {
      seen(fromPull<never>(inputs as never).pipe(backgroundMap(task as never, { chunkSize: 64, maxPending: 64 })));
      return () => {
        expect(messages.flat()).toEqual(inputs);
        for (const message of messages) {
          const objects = message.filter((input) => typeof input === 'object');
          expect(new Set(objects).size).toBe(objects.length);
        }
        expect(messages.length).toBeLessThan(inputs.length);
      };
    });
  });
});
