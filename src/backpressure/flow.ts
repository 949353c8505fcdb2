import { Observable, type OperatorFunction } from 'rxjs';
import { reporting } from '../reporting.js';
import { subscriberFor } from '../subscriber-for.js';
import { Afterwards, afterSourceGoesOn } from './afterwards.js';
import { createValve, type SourceValve } from './create-valve.js';
import { currentValve, exchangeValve } from './current-valve.js';
import { downstreamFrom, reachedUnder, subscribeFor, unlessFedBack } from './downstream.js';
import { Holds } from './holds.js';
import type { Valve } from './valve.js';

/** What a {@link flow} offers its stage. */
export interface Flow<Out> {
  /** The pause point of this stage's output. */
  readonly valve: SourceValve;
  /** Subscribes to the source. */
  readonly connect: () => void;
  /** Delivers a value. Called by `deliver` alone, as the last thing it does, unless it may emit another at once. */
  readonly emit: (value: Out) => void;
  /** True as long as there is nothing to be done before the next value is delivered. */
  readonly mayEmit: () => boolean;
  /** Does whatever can be done now, one step after another, until nothing can. */
  readonly drain: () => void;
  /** Leaves the source. The end, the latest given, comes when nothing is left to deliver or to wait for. */
  readonly end: (hasFailed: boolean, error?: unknown) => void;
  /** Leaves the source. */
  readonly leave: () => void;
}

/** What makes one operator or source differ from the others. Its functions are called with no valve current. */
export interface Stage<In> {
  /** Called on subscription, in place of subscribing to the source. */
  readonly start?: () => void;
  /** True: a value is delivered only when its source, if it is one of ours, has begun to bring the next. */
  readonly letsSourceGoOn?: boolean;
  /** Takes in a value of the source, which came under `valve` or under none. */
  readonly accept?: (value: In, valve: Valve | undefined) => void;
  /**
   * In place of `accept`: takes in a value without doing anything about it now, such as calling a user's function, or
   * delivering; true while the source may bring another. Called with the source's valve current.
   */
  readonly keep?: (value: In) => boolean;
  /** Takes in that the source has ended, before the end is passed on. */
  readonly sourceEnded?: () => void;
  /** Does one thing that an output that is held does not forbid; false when there is none. */
  readonly work?: () => boolean;
  /** True while the source may bring another value. Left out only where there is no source. */
  readonly hasRoom?: () => boolean;
  /**
   * The output is open: does one thing that this allows, such as emitting a value; false when there is nothing to do.
   */
  readonly deliver: () => boolean;
  /** True when `deliver` would emit. */
  readonly hasValue: () => boolean;
  /** True while something is under way that the end has to wait for, besides what `deliver` still does. */
  readonly isBusy?: () => boolean;
  /** Over, for whatever reason: everything that was begun is given up here. */
  readonly close?: () => void;
}

/**
 * The machine behind every source and operator of this package: between a source, if there is one, that it holds, and a
 * consumer that holds it.
 *
 * A hold on the source is kept only while the stage has no room. What happens inside a step, on whatever way, only
 * changes the stage's state: the loop that is on the stack goes on with it, so nothing recurs and no terminal overtakes a
 * value.
 */
export function flow<In, Out>(makeStage: (flow: Flow<Out>) => Stage<In>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable((subscriber) => {
      const holds = new Holds();
      /** Set once the end is known; delivers it. */
      let deliverEnd: (() => void) | undefined;
      /** True while `drain` is on the stack. */
      let isDraining = false;
      let isClosed = false;

      const drain = (): void => {
        if (isDraining) return;
        isDraining = afterwards.isTaken = true;
        const previous = exchangeValve(undefined);
        try {
          while (!isClosed && step());
        } finally {
          exchangeValve(previous);
          isDraining = afterwards.isTaken = false;
        }
        // Inside a delivery of another source, that one goes on first, too.
        if (!afterwards.isEmpty && !afterSourceGoesOn(currentValve(), afterwards.doAll)) afterwards.doAll();
      };
      const step = (): boolean => {
        if (work?.() === true) return true;
        if (holds.size > 0 && hasRoom?.() === true) {
          holds.releaseOldest();
          return true;
        }
        if (valve.held) return false;
        if (!afterwards.isEmpty && hasValue()) {
          afterwards.doAll();
          return true;
        }
        if (deliver()) return true;
        if (deliverEnd !== undefined && isBusy?.() !== true) {
          close();
          deliverEnd();
        }
        return false;
      };
      // Unsubscribes before it releases: a source that is let go must not find its old subscriber listening.
      const leave = (): void => {
        upstream.unsubscribe();
        holds.leaveAll();
      };
      const close = (): void => {
        if (isClosed) return;
        isClosed = true;
        leave();
        giveUp?.();
      };
      const end = (hasFailed: boolean, error?: unknown): void => {
        deliverEnd = () => {
          reporting(() => {
            if (hasFailed) valve.error(subscriber, error);
            else valve.complete(subscriber);
          });
        };
        leave();
        drain();
      };
      const sourceEnds = (hasFailed: boolean, error?: unknown): void => {
        sourceEnded?.();
        end(hasFailed, error);
      };

      const valve = createValve(drain);
      const here = downstreamFrom(valve);
      /** The valve under which the latest value came. */
      let latest: Valve | undefined;
      const afterwards = new Afterwards(valve);
      const upstream = subscriberFor<In>({
        next: (value) => {
          const current = currentValve();
          if (current !== latest) reachedUnder((latest = current), here);
          if (keep !== undefined) {
            if (!keep(value) && !upstream.closed) holds.take(unlessFedBack(current, here));
            return;
          }
          const under = unlessFedBack(current, here);
          exchangeValve(undefined);
          try {
            accept?.(value, under);
          } finally {
            exchangeValve(current);
          }
          if (!isDraining && (letsSourceGoOn !== true || !afterSourceGoesOn(under, drain))) drain();
          if (!upstream.closed && hasRoom?.() !== true) holds.take(under);
        },
        error: (error) => {
          sourceEnds(true, error);
        },
        complete: () => {
          sourceEnds(false);
        },
      });
      const connect = (): void => {
        subscribeFor(here, source, upstream);
      };
      const {
        start,
        accept,
        keep,
        sourceEnded,
        work,
        hasRoom,
        hasValue,
        deliver,
        isBusy,
        close: giveUp,
        letsSourceGoOn,
      } = makeStage({
        valve,
        connect,
        emit: (value) => {
          valve.next(subscriber, value);
        },
        mayEmit: () => !isClosed && !valve.held && afterwards.isEmpty,
        drain,
        end,
        leave,
      });
      subscriber.add(close);
      (start ?? connect)();
    });
}
