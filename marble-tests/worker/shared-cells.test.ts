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

  it('does not take a call for one that had its number then, though it was taken with others', () => {
    const { host, worker } = pair();
    host.prepare(7, 1);
    worker.begin(7, 0);
    host.stop(7);
    worker.rest();
    host.prepare(wrap + 1, 8);
    for (let serial = wrap + 1; serial <= wrap + 7; serial++) worker.begin(serial, 0, 7);
    expect([worker.isStopped(wrap + 7), host.isResting]).toEqual([false, false]);
  });

  it('lets the worker take calls ahead, and give them back', () => {
    const { host, worker } = pair();
    host.prepare(1, 40);
    // As far as the calls share a word.
    expect(worker.begin(3, 5, 30)).toBe(true);
    expect([3, 4, 15, 16].map((serial) => host.withdraw(serial))).toEqual([false, false, false, true]);
    expect([worker.begin(4, 6, 30), host.startedAt, host.runningAfter(3)]).toEqual([true, 5, 1]);
    worker.giveBack();
    expect([3, 4, 5, 15].map((serial) => host.withdraw(serial))).toEqual([false, false, true, true]);
    expect([5, 6, 7].map((serial) => worker.begin(serial, 7, 1))).toEqual([false, true, true]);
  });

  it('lets the executor ask for what has been taken and not begun', () => {
    const { host, worker } = pair();
    host.prepare(1, 16);
    worker.begin(1, 0, 9);
    expect([host.withdraw(5), worker.isHurried()]).toEqual([false, false]);
    host.hurry();
    expect([host.withdraw(5), worker.isHurried(), worker.isHurried(), host.withdraw(5)]).toEqual([false, true, false, true]);
    expect([2, 3, 4, 5, 6].map((serial) => worker.begin(serial, 0, 9))).toEqual([true, true, true, false, true]);
  });

  it('begins nothing that has been dropped, though it had been taken', () => {
    const { host, worker } = pair();
    host.prepare(1, 40);
    worker.begin(2, 0, 9);
    host.drop(1, 36);
    expect(worker.isHurried()).toBe(true);
    expect(Array.from({ length: 38 }, (_, i) => 3 + i).filter((serial) => worker.begin(serial, 0, 9))).toEqual([36, 37, 38, 39, 40]);
  });

  it('prepares calls, and leaves their neighbours alone', () => {
    const { host, worker } = pair();
    host.prepare(1, mostOnTheWay);
    for (let serial = 1; serial <= 40; serial++) worker.begin(serial, 0);
    host.withdraw(41);
    host.withdraw(44);
    host.prepare(mostOnTheWay + 5, 30);
    const again = mostOnTheWay + 5;
    expect([4, again, again + 29, 35, 41, 42, 43, 44].map((serial) => worker.begin(serial, 0))).toEqual([
      ...[false, true, true, false],
      ...[false, true, true, false],
    ]);
  });

  it('gives every call exactly one fate', () => {
    const move = fc.record({
      does: fc.constantFrom('begin', 'begin', 'begin', 'withdraw', 'give back', 'hurry', 'drop'),
      more: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(80), fc.array(move, { minLength: 1, maxLength: 100 }), (first, count, moves) => {
        const { host, worker } = pair();
        host.prepare(first, count);
        const end = first + count;
        // The worker goes up, the host comes down.
        let up = first;
        let down = end - 1;
        const begun: number[] = [];
        const skipped: number[] = [];
        const back: number[] = [];
        let dropped = end;
        for (const { does, more } of [...moves, ...Array.from({ length: count }, () => ({ does: 'begin', more: 3 }))]) {
          if (does === 'begin' && up < end) {
            worker.isHurried();
            (worker.begin(up, 0, Math.min(more, end - up - 1)) ? begun : skipped).push(up);
            up++;
          } else if (does === 'withdraw' && down >= first && host.withdraw(down)) back.push(down--);
          else if (does === 'give back') worker.giveBack();
          else if (does === 'hurry') host.hurry();
          else if (does === 'drop') {
            dropped = Math.min(dropped, Math.max(up, end - more));
            host.drop(dropped, end);
          }
        }
        expect(new Set([...begun, ...back]).size).toBe(begun.length + back.length);
        expect([...begun, ...skipped].length).toBe(count);
        // What has been taken back does not begin, and nothing else is skipped.
        expect(skipped.every((serial) => serial >= dropped || back.includes(serial))).toBe(true);
        expect(begun.every((serial) => serial < dropped)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
