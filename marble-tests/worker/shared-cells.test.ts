import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostOnTheWay, SharedCells } from '../../src/worker/shared-cells.js';

/** Both sides of the same memory. */
function pair(): { host: SharedCells; worker: SharedCells } {
  const host = new SharedCells();
  return { host, worker: new SharedCells(host.buffer) };
}

/** A serial beyond what 32 bits hold. */
const wrap = 2 ** 32;

describe('SharedCells', () => {
  it('lets either begin or take back a call: whoever comes first', () => {
    const { host, worker } = pair();
    host.prepare(1, 3);
    expect([host.withdraw(1), worker.begin(1, 0), host.withdraw(1)]).toEqual([true, false, false]);
    expect([worker.begin(2, 5), host.withdraw(2), worker.begin(2, 6)]).toEqual([true, false, false]);
    expect([host.runningAfter(2), host.startedAt]).toEqual([0, 5]);
    expect(worker.begin(3, 7)).toBe(true);
    expect([host.runningAfter(2), host.runningAfter(3), host.runningAfter(4)]).toEqual([1, 0, -1]);
  });

  it('knows whether it has been used, and whether a call runs', () => {
    const { host, worker } = pair();
    expect([host.used, host.isResting]).toEqual([false, true]);
    host.prepare(1, 1);
    worker.begin(1, 0);
    expect([host.used, host.isResting]).toEqual([true, false]);
    worker.rest();
    expect([host.used, host.isResting]).toEqual([true, true]);
  });

  it('stops the call that was meant', () => {
    const { host, worker } = pair();
    host.prepare(1, 3);
    worker.begin(2, 0);
    expect(worker.isStopped(2)).toBe(false);
    host.stop(2);
    expect([1, 2, 3].map((serial) => worker.isStopped(serial))).toEqual([false, true, false]);
  });

  it('has room for as many as can be on their way, again and again', () => {
    const { host, worker } = pair();
    for (let first = 1; first < 4 * mostOnTheWay; first += 1000) {
      host.prepare(first, 1000);
      for (let serial = first; serial < first + 1000; serial++) {
        expect(serial % 3 === 0 ? host.withdraw(serial) : worker.begin(serial, serial)).toBe(true);
        expect(serial % 3 === 0 ? worker.begin(serial, 0) : host.withdraw(serial)).toBe(false);
      }
    }
  });

  it('counts on where 32 bits end', () => {
    for (const edge of [2 ** 31, wrap, 3 * 2 ** 31, 2 * wrap]) {
      const { host, worker } = pair();
      host.prepare(edge - 2, 5);
      for (let serial = edge - 2; serial < edge + 3; serial++) {
        expect(worker.isStopped(serial)).toBe(false);
        expect(worker.begin(serial, serial)).toBe(true);
        expect(worker.isStopped(serial)).toBe(false);
        expect([host.runningAfter(edge - 2), host.runningAfter(edge)]).toEqual([serial - edge + 2, serial - edge]);
        expect(host.isResting).toBe(false);
        host.stop(serial);
        expect([worker.isStopped(serial), worker.isStopped(serial + 1)]).toEqual([true, false]);
      }
    }
  });

  it('does not stop a call for one that had its number before 32 bits ended', () => {
    const { host, worker } = pair();
    host.prepare(7, 1);
    worker.begin(7, 0);
    host.stop(7);
    host.prepare(wrap + 7, 1);
    worker.begin(wrap + 7, 0);
    expect(worker.isStopped(wrap + 7)).toBe(false);
  });

  it('gives every call exactly one fate', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.array(fc.boolean(), { minLength: 1, maxLength: 64 }), (first, order) => {
        const { host, worker } = pair();
        const count = order.length;
        host.prepare(first, count);
        // The worker goes up, the host comes down.
        let up = first;
        let down = first + count - 1;
        const begun: number[] = [];
        const back: number[] = [];
        for (const isWorker of order) {
          if (isWorker && up < first + count) {
            if (worker.begin(up, 0)) begun.push(up);
            up++;
          } else if (down >= first && host.withdraw(down)) back.unshift(down--);
        }
        expect(new Set([...begun, ...back]).size).toBe(begun.length + back.length);
        expect(begun).toEqual(begun.map((_, i) => first + i));
      }),
    );
  });
});
