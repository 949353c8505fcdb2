import type { OperatorFunction } from 'rxjs';
import { flow, type Flow } from '../backpressure/flow.js';
import type { Valve } from '../backpressure/valve.js';
import { Fifo } from '../engine/fifo.js';

/** A queue between a source and its consumer, as the operator that owns it sees it. */
export interface Relay<Out> extends Pick<Flow<Out>, 'valve' | 'drain' | 'connect'> {
  put(value: Out): void;
  /**
   * Leaves the source. The end comes after what waits and may pass. The first end counts, unless it is that of the source, and
   * stands behind values that this one abandons.
   */
  end(kind: 'complete' | 'error', error?: unknown): void;
}

/** How an operator that passes values on, one after another, differs from the others that do. */
export interface RelayPolicy<In> {
  /** Called on subscription, in place of subscribing to the source: it calls `connect` when it is time. */
  starts?(): void;
  /** The source has brought a value, under `valve` or under none. Puts what is to be passed on into the relay. */
  accept(value: In, valve: Valve | undefined): void;
  /** True while the next waiting value may pass. When it turns true by itself, the policy calls `drain`. */
  mayPass?(): boolean;
  /** A value is about to be delivered. */
  passing?(): void;
  /** The source has ended: the last moment to put something. */
  sourceEnded?(): void;
  /** Over, for whatever reason: timers and subscriptions end here. */
  closed?(): void;
}

/**
 * The operator behind `collect`, `pace`, `onDemand` and `timeoutAsSentinel`: it reads nothing ahead, so it holds its source
 * whenever something waits, may not pass, or is held.
 */
export function relayed<In, Out>(makePolicy: (relay: Relay<Out>) => RelayPolicy<In>): OperatorFunction<In, Out> {
  return flow<In, Out>(({ valve, drain, connect, emit, end }) => {
    /** What waits: values of a source that cannot be held, and what was put while the output was held. */
    const queue = new Fifo<Out>();
    let hasSourceEnded = false;
    /** The end comes even though values wait that may not pass. */
    let isAbandoning = false;
    const policy = makePolicy({
      valve,
      drain,
      connect,
      put: (value) => {
        queue.push(value);
      },
      end: (kind, error) => {
        if (isAbandoning || (hasSourceEnded && queue.length === 0)) return;
        isAbandoning = true;
        end(kind === 'error', error);
      },
    });
    const mayPass = (): boolean => policy.mayPass?.() ?? true;
    return {
      start: () => {
        if (policy.starts === undefined) connect();
        else policy.starts();
      },
      accept: (value, under) => {
        policy.accept(value, under);
      },
      hasRoom: () => queue.length === 0 && !valve.held && mayPass(),
      sourceEnded: () => {
        hasSourceEnded = true;
        policy.sourceEnded?.();
      },
      hasValue: () => queue.length > 0 && mayPass(),
      deliver: () => {
        if (queue.length === 0 || !mayPass()) return false;
        policy.passing?.();
        emit(queue.shift() as Out);
        return true;
      },
      isBusy: () => queue.length > 0 && !isAbandoning,
      close: () => policy.closed?.(),
    };
  });
}
