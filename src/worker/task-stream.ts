import { IteratorStream, type AnyIterator } from './iterator-stream.js';
import { ObservableStream, type Subscribable } from './observable-stream.js';
import type { StreamingCall, TaskStream } from './streaming-call.js';
import { observableIn, type StreamKind } from './streams.js';

/** Sends what a call returned that streams. */
export function taskStream(result: object, kind: StreamKind, call: StreamingCall): TaskStream {
  const member = (name: PropertyKey): unknown =>
    call.within(() => (result as Readonly<Record<PropertyKey, () => unknown>>)[name]?.());
  if (kind === 'observable') {
    return new ObservableStream(() => member(observableIn(result) as PropertyKey) as Subscribable, call);
  }
  return new IteratorStream(() => (kind === 'iterator' ? result : member(Symbol.asyncIterator)) as AnyIterator, call);
}
