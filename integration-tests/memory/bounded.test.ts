// What stays in memory, and on the stack, when a source is a million values long and its consumer is slow.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Figures {
  readonly count: number;
  readonly mostAhead?: number;
  /** Megabytes in use after a collection, from time to time. */
  readonly heap: readonly number[];
  readonly timers?: number;
}

const scenarios = fileURLToPath(new URL('scenarios.mjs', import.meta.url));

/** Megabytes by which the heap may be larger at the end than at the first look. */
const allowance = 2;
/** The same where messages are on their way at each look. */
const allowanceOnThreads = 10;

async function run(name: string): Promise<Figures> {
  const child = fork(scenarios, [name], {
    // A third of the usual stack, so that one that grows is found soon.
    execArgv: ['--expose-gc', '--stack-size=300'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const figures = await Promise.race([
      once(child, 'message').then(([sent]) => sent as Figures),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the process of '${name}' ended with ${String(code)}`);
      }),
    ]);
    console.log(
      `${name}: at most ${String(figures.mostAhead ?? '-')} ahead, heap ${figures.heap.map((mb) => mb.toFixed(1)).join(' ')} MB`,
    );
    return figures;
  } finally {
    child.kill();
  }
}

function growth(heap: readonly number[]): number {
  return Math.max(...heap.slice(1)) - (heap[0] as number);
}

/** How many values may have been brought and not yet been taken by the last stage, itself included. */
const ahead: Record<string, number> = {
  'asyncMap, asynchronous': 1,
  'asyncMap, synchronous': 1,
  'prefetch and asyncMap, asynchronous': 9,
  'prefetch and asyncMap, synchronous': 9,
  'asyncMap, many at once': 12,
  'asyncMap, unordered': 4,
  'a task in concatMap': 1,
  'holding in concatMap': 3,
  'share with a slow branch': 1,
  'a loop': 3,
  'pages at once': 1,
  'pages at once, behind everything': 3,
  'chains at once': 1,
  'rows of one page': 1,
  'rows of a million pages': 1,
  'a fetch that answers at once': 65,
  'tiny tasks on threads': 4097,
  'tiny tasks on threads, behind a prefetch, with objects': 4161,
};

describe('a million values', () => {
  it.each(Object.entries(ahead))('%s: never more than %i ahead, and a flat heap', async (name, most) => {
    const { count, mostAhead, heap } = await run(name);

    expect(count).toBe(1_000_000);
    expect(mostAhead).toBeLessThanOrEqual(most);
    expect(growth(heap)).toBeLessThan(name.includes('threads') ? allowanceOnThreads : allowance);
  });
});

describe('ten thousand subscriptions that are left in the middle', () => {
  it.each(['cycles of everything', 'cycles on a shared source', 'cycles on threads'])(
    '%s: nothing stays',
    async (name) => {
      const { heap, timers } = await run(name);

      expect(timers).toBe(0);
      expect(growth(heap)).toBeLessThan(allowance);
    },
  );
});
