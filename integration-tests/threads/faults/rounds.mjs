/**
 * @import { Settled } from 'rxjs-background'
 * @import { ThreadPool } from 'rxjs-background/node'
 * @import { Deed, Dice, Outcome } from './deeds.mjs'
 */
import { from, lastValueFrom, take, toArray } from 'rxjs';
import { backgroundMap } from 'rxjs-background';
import { Gate } from 'rxjs-background/testing';
import { deeds } from './deeds.mjs';

/** @typedef {ThreadPool<typeof import('../../fixtures/fault-tasks.mjs')>} Pool */
/** @typedef {{ deed: string, n: number, given?: unknown }} Order */

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
        stream: () => wrong('streamed'),
      },
    );
    if (when === 0) cancel();
  });
}

/**
 * A stream under retries, and at times under timeouts: every value has exactly one record, the right one, in order where
 * that was asked for.
 *
 * @type {(pool: Pool, dice: Dice, count: number) => Promise<void>}
 */
export async function streamRound(pool, dice, count) {
  const timed = dice.chance(0.5);
  const ordered = dice.chance(0.5);
  const orders = manyOrders(dice, count, timed);
  const records = await lastValueFrom(from(orders).pipe(background(pool, dice, ordered, timed), toArray()));
  if (records.length !== count) throw new Error(`${String(count)} values had ${String(records.length)} outcomes`);
  const seen = new Set(records.map(({ input }) => input.n));
  if (seen.size !== count) throw new Error('a value had two outcomes');
  records.forEach((record, position) => {
    if (ordered && record.input.n !== position)
      throw new Error(`${String(record.input.n)} came at ${String(position)}`);
    checkRecord(record, timed);
  });
}

/**
 * A stream that is unsubscribed in its middle: what came is a prefix.
 *
 * @type {(pool: Pool, dice: Dice, count: number) => Promise<void>}
 */
export async function leftRound(pool, dice, count) {
  const wanted = 1 + dice.below(count);
  const orders = manyOrders(dice, count, true);
  const records = await lastValueFrom(from(orders).pipe(background(pool, dice, true, true), take(wanted), toArray()));
  if (records.length !== wanted) throw new Error(`${String(wanted)} were taken, ${String(records.length)} came`);
  records.forEach((record, position) => {
    if (record.input.n !== position) throw new Error(`${String(record.input.n)} came at ${String(position)}`);
    checkRecord(record, true);
  });
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

/** @type {(dice: Dice, count: number, timed: boolean) => Order[]} */
function manyOrders(dice, count, timed) {
  return Array.from({ length: count }, (_, n) => {
    let deed = dice.deed();
    while (deed.task !== undefined || (deed.endless === true && !timed)) deed = dice.deed();
    return orderOf(deed, n);
  });
}

/** @type {(pool: Pool, dice: Dice, ordered: boolean, timed: boolean) => import('rxjs').OperatorFunction<Order, Settled<unknown, Order>>} */
function background(pool, dice, ordered, timed) {
  return backgroundMap(pool.tasks.act, {
    onError: 'settle',
    ordered,
    concurrency: 1 + dice.below(4),
    retry: dice.below(2),
    graceMs: dice.below(4) * 3,
    ...(timed ? { timeoutMs: 80 } : {}),
  });
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
