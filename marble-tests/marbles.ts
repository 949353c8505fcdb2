import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { expect } from 'vitest';

/** A test in virtual time: a character of a marble is a millisecond. */
export function marbles(test: (helpers: RunHelpers) => void): () => void {
  return () => {
    new TestScheduler((actual, expected) => {
      expect(rows(actual)).toStrictEqual(rows(expected));
    }).run(test);
  };
}

/** What the scheduler recorded, in a form whose differences can be read. */
function rows(recorded: unknown): unknown {
  return Array.isArray(recorded) ? recorded.map(row) : recorded;
}

function row(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  if ('subscribedFrame' in entry && 'unsubscribedFrame' in entry)
    return [entry.subscribedFrame, entry.unsubscribedFrame];
  if (!('frame' in entry && 'notification' in entry)) return entry;
  const { kind, value, error } = entry.notification as { kind: string; value?: unknown; error?: unknown };
  return kind === 'N'
    ? [entry.frame, 'next', rows(value)]
    : kind === 'E'
      ? [entry.frame, 'error', error]
      : [entry.frame, 'complete'];
}
