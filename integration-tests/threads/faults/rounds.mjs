/**
 * @import { Settled } from 'rxjs-background'
 * @import { ThreadPool } from 'rxjs-background/node'
 * @import { Deed, Dice, Outcome } from './deeds.mjs'
 */
import { from, lastValueFrom, take, takeUntil, timer, toArray } from 'rxjs';
import { backgroundMap } from 'rxjs-background';
import { Gate } from 'rxjs-background/testing';
import { deeds, killers } from './deeds.mjs';

/** @typedef {ThreadPool<typeof import('../../fixtures/fault-tasks.mjs')>} Pool */
/** @typedef {{ deed: string, n: number, given?: unknown }} Order */

/** How many threads have come to an end, whatever of. */
let exits = 0;
process.on('worker', (worker) => {
  worker.on('exit', () => exits++);
});

/** @type {(pool: Pool, dice: Dice, count: number) => Promise<void>} */
export async function cancelRound(pool, dice, count) {
  await Promise.all(Array.from({ length: count }, (_, n) => cancelledCall(pool, dice, n)));
}

/**
 * A call given straight to the executor, and perhaps cancelled at some moment. It is told exactly one end, the right one,
 * or, once cancelled, nothing more.
 *
 * @type {(pool: Pool, dice: Dice, n: number) => Promise<void>}
 */
function cancelledCall(pool, dice, n) {
  const deed = dice.deed();
  const called = `${deed.name} ${String(n)}`;
  const when = deed.endless === true ? 1 + dice.below(4) : dice.below(8);
  const graceMs = dice.below(4) * 3;
  return new Promise((resolve, reject) => {
    let started = 0;
    let ended = false;
    let cancelled = false;
    /** @param {string} what */
    const wrong = (what) => reject(new Error(`${called} ${what}`));
    const cancel = () => {
      cancelled = true;
      stop();
      resolve();
    };
    /** @type {(outcome: Outcome) => void} */
    const end = (outcome) => {
      if (ended) wrong('ended twice');
      if (cancelled) wrong('ended after it was cancelled');
      ended = true;
      if (deed.expected(outcome, n)) resolve();
      else wrong(`ended with ${inWords(outcome)}`);
    };
    const moments = [
      undefined,
      () => queueMicrotask(cancel),
      () => setImmediate(cancel),
      () => setTimeout(cancel, n % 5),
      () => setImmediate(() => setImmediate(cancel)),
    ];
    const stop = pool.execute(
      { task: deed.task ?? 'act', args: [orderOf(deed, n)], attempt: 1, index: n, graceMs },
      {
        started: () => {
          if (++started > 1 || ended || cancelled) wrong('started when it should not');
          moments[when]?.();
        },
        result: (value) => end({ value }),
        failed: (error) => end({ error }),
        stream: (values$) => {
          /** @type {unknown} */
          let last;
          values$.subscribe({
            next: (value) => (last = value),
            error: (error) => end({ error }),
            complete: () => end({ value: last }),
          });
        },
      },
    );
    if (when === 0) cancel();
  });
}

/**
 * A stream under retries, and at times under timeouts: every value has exactly one record, the right one, in order where
 * that was asked for, and begins no more often than it may.
 *
 * @type {(pool: Pool, dice: Dice, count: number) => Promise<void>}
 */
export async function streamRound(pool, dice, count) {
  const stream = streamOf(dice, count, dice.chance(0.5));
  const all = await lastValueFrom(from(stream.orders).pipe(background(pool, stream), toArray()));
  const records = all.filter((record) => !endsLate(record, all));
  if (records.length !== count) throw new Error(`${String(count)} values had ${String(records.length)} outcomes`);
  const seen = new Set(records.map(({ input }) => input.n));
  if (seen.size !== count) throw new Error('a value had two outcomes');
  records.forEach((record, position) => {
    if (stream.ordered && record.input.n !== position)
      throw new Error(`${String(record.input.n)} came at ${String(position)}`);
    checkRecord(record, stream.timed);
  });
  checkBeginnings(stream);
}

/**
 * A stream that is unsubscribed in its middle, after so many values or at any moment: what came is a prefix, and nothing
 * begins after it has been left.
 *
 * @type {(pool: Pool, dice: Dice, count: number) => Promise<void>}
 */
export async function leftRound(pool, dice, count) {
  const wanted = 1 + dice.below(count);
  const stream = { ...streamOf(dice, count, true), ordered: true };
  const leaves = dice.chance(0.5) ? take(wanted) : takeUntil(timer(dice.below(60)));
  const all = await lastValueFrom(from(stream.orders).pipe(background(pool, stream), leaves, toArray()));
  const records = all.filter((record) => !endsLate(record, all));
  const begun = stream.begun.reduce((sum, times) => sum + times, 0);
  records.forEach((record, position) => {
    if (record.input.n !== position) throw new Error(`${String(record.input.n)} came at ${String(position)}`);
    checkRecord(/** @type {Settled<unknown, Order>} */ (record), true);
  });
  checkBeginnings(stream);
  await lastValueFrom(pool.tasks.act({ deed: 'fine', n: 0 }));
  const after = stream.begun.reduce((sum, times) => sum + times, 0);
  // One for each thread, in the very moment in which it is left.
  if (after > begun + pool.capacity) throw new Error(`${String(after - begun)} calls began for nobody`);
}

/**
 * All of a pool's capacity is there: as many calls as it says run at the same time.
 *
 * @type {(pool: Pool) => Promise<void>}
 */
export async function checkCapacity(pool) {
  const gate = new Gate();
  const all = Array.from({ length: pool.capacity }, () =>
    lastValueFrom(pool.tasks.meet(gate.cells), { defaultValue: undefined }),
  );
  await gate.arrived(pool.capacity);
  gate.open();
  await Promise.all(all);
  if (pool.free !== pool.capacity) throw new Error(`${String(pool.free)} of ${String(pool.capacity)} slots are free`);
}

/** @type {(deed: Deed, n: number) => Order} */
function orderOf({ name, given }, n) {
  return given === undefined ? { deed: name, n } : { deed: name, n, given: given() };
}

/**
 * Bursts of quick calls, with faults between them.
 *
 * @type {(dice: Dice, count: number, timed: boolean, mayStream: boolean) => Order[]}
 */
function manyOrders(dice, count, timed, mayStream) {
  let burst = dice.below(50);
  return Array.from({ length: count }, (_, n) => {
    if (burst-- > 0) return { deed: 'fine', n };
    if (dice.chance(0.2)) burst = dice.below(100);
    let deed = dice.deed();
    const cannotBe = () =>
      deed.task !== undefined || (deed.endless === true && !timed) || (deed.streams === true && !mayStream);
    while (cannotBe()) deed = dice.deed();
    return orderOf(deed, n);
  });
}

/** @typedef {ReturnType<typeof streamOf>} Stream */

/** @type {(dice: Dice, count: number, timed: boolean) => { orders: Order[], begun: Int32Array, exitsBefore: number, timed: boolean, ordered: boolean, retry: number, chunkSize: 'auto' | number, concurrency: number, graceMs: number, maxPending: number | undefined }} */
function streamOf(dice, count, timed) {
  const sizes = /** @type {const} */ (['auto', 'auto', 1, 7, 64]);
  const chunkSize = sizes[dice.below(sizes.length)] ?? 'auto';
  const retry = dice.below(2);
  return {
    // With retry, what streams travels alone.
    orders: manyOrders(dice, count, timed, retry === 0 || chunkSize === 1),
    begun: new Int32Array(new SharedArrayBuffer(4 * count)),
    exitsBefore: exits,
    timed,
    ordered: dice.chance(0.5),
    retry,
    chunkSize,
    concurrency: 1 + dice.below(4),
    graceMs: dice.below(4) * 3,
    maxPending: dice.chance(0.5) ? 1 + dice.below(200) : undefined,
  };
}

/** @type {(pool: Pool, stream: Stream) => import('rxjs').OperatorFunction<Order, Settled<unknown, Order>>} */
function background(pool, { begun, timed, ordered, retry, chunkSize, concurrency, graceMs, maxPending }) {
  return backgroundMap(pool.tasks.act, {
    args: [begun],
    onError: 'settle',
    ordered,
    chunkSize,
    concurrency,
    retry,
    graceMs,
    ...(maxPending === undefined ? {} : { maxPending }),
    ...(timed ? { timeoutMs: 80 } : {}),
  });
}

/**
 * A value begins once for each attempt, and once more for each thread that died with it done and not told. One at a time
 * never runs again.
 *
 * @type {(stream: Stream) => void}
 */
function checkBeginnings({ orders, begun, exitsBefore, retry, chunkSize, timed }) {
  for (const { deed, n } of orders) {
    const most = 1 + retry + (chunkSize === 1 ? 0 : exits - exitsBefore);
    const times = begun[n] ?? 0;
    if (times > (killers.has(deed) && !timed ? 1 + retry : most))
      throw new Error(`${deed} ${String(n)} began ${String(times)} times, ${String(chunkSize)} at a time`);
  }
}

/**
 * Whether a stream was late with its end, after its value: on a busy machine, anything can be.
 *
 * @type {(record: Settled<unknown, Order>, all: readonly Settled<unknown, Order>[]) => boolean}
 */
function endsLate(record, all) {
  if (record.status === 'fulfilled' || !record.input.deed.startsWith('streams')) return false;
  return all.some(({ status, input }) => status === 'fulfilled' && input.n === record.input.n);
}

/** @type {(record: Settled<unknown, Order>, timed: boolean) => void} */
function checkRecord(record, timed) {
  const outcome = record.status === 'fulfilled' ? { value: record.value } : { error: record.reason };
  const deed = deeds.find(({ name }) => name === record.input.deed);
  // On a busy machine, anything can be late.
  const late = 'error' in outcome && outcome.error instanceof Error && outcome.error.name === 'TaskTimeoutError';
  if (timed ? late || deed?.expected(outcome, record.input.n) : deed?.expected(outcome, record.input.n)) return;
  throw new Error(`${record.input.deed} ${String(record.input.n)} ended with ${inWords(outcome)}`);
}

/** @param {Outcome} outcome */
function inWords(outcome) {
  return JSON.stringify(outcome, (_, value) => (value instanceof Error ? String(value) : value)) ?? 'undefined';
}
