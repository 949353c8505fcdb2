import { lastValueFrom, type Observable } from 'rxjs';

/** The error that a stream ends with. */
export async function failureOf(values$: Observable<unknown>): Promise<unknown> {
  const end = await lastValueFrom(values$, { defaultValue: undefined }).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in end) return end.error;
  throw new Error(`It should have failed, but brought ${String(end.value)}`);
}
