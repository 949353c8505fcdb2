import { NEVER, type Observable } from 'rxjs';
import { outsideDelivery } from '../backpressure/current-valve.js';
import { flow } from '../backpressure/flow.js';

/** How one pull is answered: exactly one of these, at once or later. Further answers are ignored. */
export interface PullAnswer<T> {
  readonly value: (value: T) => void;
  readonly error: (error: unknown) => void;
  readonly end: () => void;
}

/** Where a {@link pullLoop} gets its values. */
export interface Puller<T> {
  /** Begins to bring the next value. Never called again before it has answered. A throw is an `error` answer. */
  pull(answer: PullAnswer<T>): void;
  /** The subscriber has gone, perhaps while a pull is unanswered, perhaps inside `pull`. Not called after the end. */
  close(): void;
  /** The answer was an error, which is told next. */
  failed?(): void;
}

/**
 * A source that pulls one value at a time, while its valve is open.
 *
 * `open` is called for each subscription; what it throws is the stream's error.
 */
export function pullLoop<T>(open: () => Puller<T>): Observable<T> {
  return NEVER.pipe(
    flow<never, T>(({ mayEmit, drain, emit, end }) => {
      const puller = outsideDelivery(open);
      /** `asked`: a pull is unanswered. `answered`: its value waits for delivery. */
      let state: 'idle' | 'asked' | 'answered' | 'over' = 'idle';
      let waiting: T | undefined;
      const finish = (hasFailed: boolean, error?: unknown): void => {
        if (state !== 'asked') return;
        state = 'over';
        if (hasFailed) puller.failed?.();
        end(hasFailed, error);
      };
      const answer: PullAnswer<T> = {
        value: (value) => {
          if (state !== 'asked') return;
          state = 'answered';
          waiting = value;
          drain();
        },
        error: (error) => {
          finish(true, error);
        },
        end: () => {
          finish(false);
        },
      };
      const pull = (): void => {
        state = 'asked';
        try {
          puller.pull(answer);
        } catch (error) {
          answer.error(error);
        }
      };
      return {
        start: drain,
        hasValue: () => state === 'answered',
        deliver: () => {
          // One value after another, as long as there is nothing else to do in between.
          do {
            if (state === 'idle') pull();
            if (state !== 'answered') return false;
            if (!mayEmit()) break;
            const value = waiting as T;
            state = 'idle';
            waiting = undefined;
            emit(value);
          } while (mayEmit());
          return true;
        },
        close: () => {
          if (state === 'over') return;
          state = 'over';
          puller.close();
        },
      };
    }),
  );
}
