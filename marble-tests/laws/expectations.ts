import type { Outcome } from './consumer.js';
import type { Run } from './virtual-run.js';

/** What is wrong with a run, given what the model says; empty when nothing is. */
export function faults({ outcome, violations }: Run, expected: Outcome, ordered: boolean): string[] {
  const found = [...violations];
  const left = outcome.end === 'left';
  if (!left) {
    if (outcome.end !== expected.end) found.push(`ended by ${outcome.end}, not by ${expected.end}`);
    if (!Object.is(outcome.error, expected.error))
      found.push(`failed with ${String(outcome.error)}, not with ${String(expected.error)}`);
  }
  const seen = ordered ? outcome.values : sorted(outcome.values);
  const wanted = ordered ? expected.values : sorted(expected.values);
  if (!(left ? isPart(seen, wanted, ordered) : isPart(seen, wanted, true) && seen.length === wanted.length)) {
    found.push(`brought ${show(seen)}, not ${left ? 'a part of ' : ''}${show(wanted)}`);
  }
  return found;
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** True when `seen` is the beginning of `all`, or, both sorted, some of it. */
function isPart(seen: readonly number[], all: readonly number[], beginning: boolean): boolean {
  if (beginning) return seen.every((value, i) => value === all[i]);
  let at = 0;
  return seen.every((value) => {
    while (at < all.length && all[at] !== value) at++;
    return at++ < all.length;
  });
}

function show(values: readonly number[]): string {
  return `[${values.join(' ')}]`;
}
