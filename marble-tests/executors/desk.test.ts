import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunk } from '../../src/engine/chunk.js';
import { Desk, type DeskUser } from '../../src/executors/threads/desk.js';
import { encodeThrown } from '../../src/worker/encode-error.js';
import type { OutcomesMessage } from '../../src/worker/protocol.js';
import { SharedCells } from '../../src/worker/shared-cells.js';

type Fate = 'brought' | 'failed' | 'back' | 'isolated' | 'unwanted';

/** Values are numbers from 0 on, in the order in which they come to the desk; each has one fate. */
class Lane implements DeskUser {
  isClosed = false;
  readonly fates = new Map<number, Fate>();
  readonly chunks: Chunk[] = [];
  /** What is called inside the next thing that is told. */
  inside: (() => void) | undefined;

  readonly host = {
    split: (chunk: Chunk, position: number): Chunk => {
      const rear = chunk.split(position);
      this.chunks.push(rear);
      return rear;
    },
    brought: (chunk: Chunk, values: ArrayLike<unknown>): void => {
      const from = chunk.reported;
      chunk.bring(values);
      for (let i = 0; i < values.length; i++) {
        const input = chunk.input(from + i) as number;
        if (!chunk.isUnwanted) this.end(input, 'brought');
        expect(values[i]).toBe(input * 10);
      }
      this.#called();
    },
  };

  failed(chunk: Chunk, error: unknown): void {
    expect(chunk.length).toBe(1);
    expect(error).toBe(`${String(chunk.input(0))} failed`);
    if (!chunk.isUnwanted) this.end(chunk.input(0) as number, 'failed');
    this.#called();
  }

  end(input: number, fate: Fate): void {
    if (this.fates.has(input)) throw new Error(`${String(input)} is ${String(this.fates.get(input))}, and ${fate}`);
    this.fates.set(input, fate);
  }

  endAll(chunks: readonly Chunk[], fate: Fate): void {
    for (const chunk of chunks) {
      for (const input of chunk.inputs) if (!chunk.isUnwanted) this.end(input as number, fate);
    }
  }

  #called(): void {
    const { inside } = this;
    this.inside = undefined;
    inside?.();
  }
}

interface Step { readonly do: string; readonly n: number; readonly ahead: number; readonly failing: readonly number[]; readonly inside: string }

const acts = ['enter', 'enter', 'begin', 'begin', 'report', 'report', 'isolate', 'withdraw', 'cancel', 'cancelAll', 'clear'];

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(...acts),
  n: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 9 })),
  ahead: fc.nat(8),
  failing: fc.uniqueArray(fc.oneof(fc.constant(0), fc.nat(8)), { maxLength: 3 }),
  inside: fc.constantFrom('', '', '', 'clear', 'cancelAll', 'withdraw', 'enter', 'cancel'),
});

describe('Desk', () => {
  it('is not confused by the failure of a call that nobody waits for, right behind what has been told', () => {
    const cells = new SharedCells();
    const desk = new Desk<Lane>({ cells } as never);
    const lane = new Lane();
    const told = (serial: number, input: number, failed: boolean): void => {
      cells.begin(serial, 0);
      if (failed) expect(desk.isolate(serial, lane).inputs).toEqual([input]);
      const failures: OutcomesMessage['failures'] = failed ? [[0, encodeThrown('late')]] : [];
      const message: OutcomesMessage = { type: 'outcomes', serial, values: [input * 10], failures, ran: 1, ms: 0 };
      expect(desk.answered(message)).toBe(true);
      desk.settle(message, lane);
    };
    desk.enter(new Chunk([0, 1, 2], 0));
    told(1, 0, false);
    told(2, 1, true);
    told(3, 2, false);
    expect([...lane.fates]).toEqual([
      [0, 'brought'],
      [2, 'brought'],
    ]);
  });

  it('knows whether it has calls of a long message', () => {
    const desk = new Desk<Lane>({ cells: new SharedCells() } as never);
    const lane = new Lane();
    const seen: boolean[] = [];
    const enter = (length: number): void => {
      desk.enter(new Chunk(new Array(length).fill(0), 0));
      seen.push(desk.isLong);
    };
    const answered = (serial: number, count: number): void => {
      desk.answered({ type: 'outcomes', serial, values: new Array(count).fill(0), ran: count, ms: 0 });
      seen.push(desk.isLong);
    };
    enter(15);
    enter(16);
    enter(1);
    answered(1, 15);
    answered(16, 15);
    answered(31, 2);
    expect(seen.splice(0)).toEqual([false, true, true, true, true, false]);
    enter(16);
    desk.strikeLast();
    seen.push(desk.isLong);
    enter(20);
    desk.clear(lane);
    seen.push(desk.isLong);
    expect(seen).toEqual([true, false, true, false]);
  });

  it('drops nothing but what has no answer, though others have had the same places in shared memory', () => {
    const cells = new SharedCells();
    const desk = new Desk<Lane>({ cells } as never);
    const chunk = new Chunk(new Array(1024).fill(0), 0);
    desk.enter(chunk);
    desk.answered({ type: 'outcomes', serial: 1, values: new Array(1000).fill(0), ran: 1000, ms: 0 });
    desk.enter(new Chunk(new Array(1024).fill(0), 1024));
    const last = desk.enter(new Chunk(new Array(900).fill(0), 2048));
    desk.cancel(chunk);
    expect([1000, 1001, 1024, 1025, last].map((serial) => cells.begin(serial, 0))).toEqual([true, false, false, true, true]);
  });

  it('gives every value one fate, whatever is reported, taken back, cancelled or lost, even inside what it tells', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const cells = new SharedCells();
        const desk = new Desk<Lane>({ cells } as never);
        const lane = new Lane();
        const { chunks } = lane;
        const inputOf = new Map<number, number>();
        let entered = 0;
        /** The worker's side: the calls it was sent, how many of them are over, and how many it has told of. */
        let sent: { readonly serial: number; readonly input: number }[] = [];
        let over = 0;
        let ran = new Set<number>();
        const act = (what: string, { n, ahead, failing }: Step): void => {
          if (what === 'enter' && desk.load + n < 40) {
            const inputs = Array.from({ length: n }, () => entered++);
            const chunk = new Chunk(inputs, inputs[0]!);
            const serial = desk.enter(chunk);
            chunks.push(chunk);
            inputs.forEach((input, i) => {
              inputOf.set(serial + i, input);
              sent.push({ serial: serial + i, input });
            });
          } else if (what === 'begin') {
            for (let left = n; left > 0 && over < sent.length; left--) {
              const { serial } = sent[over++]!;
              cells.isHurried();
              if (cells.begin(serial, 0, Math.min(ahead, sent.length - over))) ran.add(serial);
            }
          } else if (what === 'isolate') {
            const { running } = desk;
            if (running !== undefined && desk.expects(running)) {
              const alone = desk.isolate(running, lane);
              expect(alone.inputs).toEqual([inputOf.get(running)]);
              lane.endAll([alone], 'isolated');
            }
          } else if (what === 'withdraw') {
            const back = desk.withdraw(n, lane);
            lane.endAll(back, 'back');
            const flat = back.flatMap(({ inputs }) => inputs as number[]);
            expect(flat.length).toBeLessThanOrEqual(n);
            expect(flat).toEqual([...flat].sort((a, b) => a - b));
          } else if (what === 'cancel' || what === 'cancelAll') {
            const chunk = what === 'cancel' ? chunks[n % Math.max(1, chunks.length)] : undefined;
            if (what === 'cancel' && chunk === undefined) return;
            // As hosts do: everyone knows before anyone is told.
            for (const one of chunk === undefined ? chunks : [chunk]) {
              if (!desk.isWanted(one)) continue;
              one.isUnwanted = true;
            }
            desk.cancel(chunk);
            expect(desk.isWanted(chunk)).toBe(false);
          } else if (what === 'clear') {
            lane.endAll(desk.clear(lane), 'back');
            expect(desk.load).toBe(0);
            expect(desk.isWanted()).toBe(false);
            // Another thread from here on, with nothing on its way.
            cells.giveBack();
            sent = [];
            over = 0;
            ran = new Set();
          } else if (what === 'report') {
            cells.giveBack();
            const count = Math.min(n, over);
            if (count === 0) return;
            const told = sent.splice(0, count);
            over -= count;
            const positions = failing.filter((at) => at < count && ran.has(told[at]!.serial)).sort((a, b) => a - b);
            const message: OutcomesMessage = {
              type: 'outcomes',
              serial: told[0]!.serial,
              values: told.map(({ input }) => input * 10),
              failures: positions.map((at) => [at, encodeThrown(`${String(told[at]!.input)} failed`)]),
              ran: count,
              ms: 0,
            };
            expect(desk.answered(message)).toBe(true);
            expect(desk.answered({ ...message, serial: message.serial - 1 })).toBe(false);
            desk.settle(message, lane);
          }
        };
        for (const move of steps) {
          if (move.do === 'report' && move.inside !== '') {
            lane.inside = () => {
              act(move.inside, move);
            };
          }
          act(move.do, move);
          lane.inside = undefined;
        }
        const unwanted = (input: number): boolean =>
          chunks.some((chunk) => chunk.isUnwanted && (chunk.inputs as number[]).includes(input));
        lane.endAll(desk.clear(lane), 'back');
        for (let input = 0; input < entered; input++) {
          if (!lane.fates.has(input) && !unwanted(input)) {
            throw new Error(`${String(input)} is lost`);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
