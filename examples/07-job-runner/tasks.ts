import { currentTask } from 'rxjs-background/worker';

/** Looks for something again and again until it is told to stop. Gives how often it looked. */
export function poll(): number {
  const task = currentTask();
  let looks = 0;
  while (!task.stopped) looks++;
  return looks;
}

export function factorial(n: number): bigint {
  let product = 1n;
  for (let factor = 2n; factor <= n; factor++) product *= factor;
  return product;
}
