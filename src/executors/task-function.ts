// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the one place where any function is meant
export type TaskFunction = (...args: any[]) => unknown;
