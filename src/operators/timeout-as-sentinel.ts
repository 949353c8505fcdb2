import type { OperatorFunction } from 'rxjs';
import type { Valve } from '../backpressure/valve.js';
import { checkOptions, checkValue, refuse, type Rules } from '../options.js';
import type { Uninferred } from '../uninferred.js';
import { makeDeadline, type Deadline } from './deadline.js';
import { relayed, type Relay, type RelayPolicy } from './relay.js';
import { TIMEOUT, type Sentinel } from './timeout.js';

export interface TimeoutSpans {
  /** Milliseconds until the first value. Default: `eachMs`. */
  readonly firstMs?: number;
  /** Milliseconds between two values. Default: any time. */
  readonly eachMs?: number;
}

export interface TimeoutAsSentinelOptions<S> {
  /** What is emitted for lateness. Default: `TIMEOUT`. */
  readonly sentinel?: S;
  /**
   * `'complete'` (default): emit it, unsubscribe from the source, complete. `'continue'`: emit one for each gap that
   * elapses, and keep waiting.
   */
  readonly after?: 'complete' | 'continue';
}

/**
 * Like RxJS's `timeout`, but lateness is a value.
 *
 * Use it where a late answer is an outcome to go on with. It measures the source and never the consumer: the clock stands
 * while anything holds. It runs from subscription, so for a task it includes the time in the queue; to count from the task's
 * start use `timeoutMs`.
 *
 * ```text
 * source                            a--b---------c|
 * timeoutAsSentinel(5)              a--b----(T|)
 * … { after: 'continue' }           a--b----T----c|
 * ```
 *
 * Order: the source's. Memory: nothing waits when the source is pausable. Unsubscribing ends its timer; so does the sentinel
 * under `'complete'`, which stops a task for good. Errors of the source pass.
 *
 * @param due - milliseconds until the first value and between two, or `{ firstMs, eachMs }`.
 * @throws TypeError, RangeError when called with invalid options.
 * @example
 * ```ts
 * pool.tasks.search(query).pipe(timeoutAsSentinel(1000)).subscribe((found) => {
 *   if (isTimeout(found)) console.log('still searching, gave up');
 *   else show(found);
 * });
 * ```
 */
export function timeoutAsSentinel<T, S extends Sentinel = typeof TIMEOUT>(
  due: number | TimeoutSpans,
  options: TimeoutAsSentinelOptions<S> = {},
): OperatorFunction<T, T | Uninferred<S>> {
  const { firstMs, eachMs } = spansOf(due);
  const rules: Rules = { sentinel: ['any'], after: ['only', 0, 'complete', 'continue'] };
  const read = checkOptions('timeoutAsSentinel', options, rules);
  const { after = 'complete' } = read;
  const sentinel = ('sentinel' in read ? read.sentinel : TIMEOUT) as S;
  return relayed<T, T | S>((relay) => new Lateness(relay, firstMs, eachMs, sentinel, after === 'continue'));
}

function spansOf(due: number | TimeoutSpans): { firstMs: number; eachMs: number | undefined } {
  if (typeof due !== 'object' || (due as unknown) === null || Array.isArray(due)) {
    checkValue('timeoutAsSentinel', 'dueMs', due, ['duration']);
    return { firstMs: due as number, eachMs: due as number };
  }
  const rules: Rules = { firstMs: ['duration'], eachMs: ['duration'] };
  const { eachMs, firstMs = eachMs } = checkOptions('timeoutAsSentinel', due, rules);
  refuse(firstMs === undefined, 'timeoutAsSentinel', 'due', due);
  return { firstMs: firstMs as number, eachMs };
}

class Lateness<T, S> implements RelayPolicy<T> {
  readonly #relay: Relay<T | S>;
  readonly #eachMs: number | undefined;
  readonly #firstMs: number;
  readonly #sentinel: S;
  readonly #continues: boolean;
  /** Armed while a value is waited for and its lateness would count. */
  readonly #deadline: Deadline;
  /** The span that is being waited out. */
  #spanMs: number | undefined;

  constructor(relay: Relay<T | S>, firstMs: number, eachMs: number | undefined, sentinel: S, continues: boolean) {
    this.#relay = relay;
    this.#firstMs = firstMs;
    this.#eachMs = eachMs;
    this.#sentinel = sentinel;
    this.#continues = continues;
    this.#deadline = makeDeadline(() => {
      this.#late();
    }, relay.valve);
  }

  starts(): void {
    this.#wait(this.#firstMs);
    this.#relay.connect();
  }

  accept(value: T, valve: Valve | undefined): void {
    this.#wait(this.#eachMs, valve);
    this.#relay.put(value);
  }

  closed(): void {
    this.#deadline.close();
  }

  #wait(spanMs: number | undefined, source?: Valve): void {
    this.#spanMs = spanMs;
    this.#deadline.arm(spanMs, source);
  }

  #late(): void {
    this.#relay.put(this.#sentinel);
    if (this.#continues) {
      this.#wait(this.#spanMs);
      this.#relay.drain();
    } else this.#relay.end('complete');
  }
}
