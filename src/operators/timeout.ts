/** Stands for a value that did not come in time. One symbol for all copies of the package. */
export const TIMEOUT: unique symbol = Symbol.for('rxjs-background.timeout');

/** True for {@link TIMEOUT}; narrows the type of what is left. */
export function isTimeout(value: unknown): value is typeof TIMEOUT {
  return value === TIMEOUT;
}

/** What can stand for "no value": anything. As a constraint it makes the compiler keep `TIMEOUT` and literals as they are. */
export type Sentinel = string | number | bigint | boolean | symbol | object | null | undefined;
