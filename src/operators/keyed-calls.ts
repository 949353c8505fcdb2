import { underPolicy, type CallPolicy } from './call-policy.js';
import type { MapCallsSettings, StartCall } from './map-calls.js';

/** What `key` asks for: an error in it is the value's own, which its policy handles, but never tries again. */
export function keyedCalls<T>(
  options: CallPolicy<T> & { readonly key?: ((value: T) => unknown) | undefined },
  describe: string,
): Pick<MapCallsSettings<T, unknown>, 'keys'> {
  const { key } = options;
  if (key === undefined) return {};
  const failed = (error: unknown): StartCall<T> =>
    underPolicy<T>(
      () => {
        throw error;
      },
      { ...options, retry: 0 },
      describe,
      undefined,
    ).start;
  return { keys: { of: key, failed } };
}
