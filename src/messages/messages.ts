import { from, type ObservableInput } from 'rxjs';
import type { Rule } from '../options.js';

// What the errors and warnings say. Programs that are bundled for production get the short forms of
// `messages-in-production.ts` in its place (package.json, `imports`): every error is the same but for its text.

/** How a value is shown in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'function') return `a function${value.name === '' ? '' : ` ${value.name}`}`;
  if (Array.isArray(value)) return `an array of length ${String(value.length)}`;
  if (typeof value === 'object' && value !== null) {
    const { constructor } = (Object.getPrototypeOf(value) ?? {}) as { constructor?: { name?: string } };
    // What a generator function makes is of a class without a name.
    let name = constructor?.name ?? '';
    if (name === '') name = Object.prototype.toString.call(value).slice('[object '.length, -1);
    return name === 'Object' ? 'an object' : `${/^[AEIOaeio]/.test(name) ? 'an' : 'a'} ${name}`;
  }
  return String(value);
}

/** A value breaks its rule. */
export function misfit(where: string, option: string, value: unknown, [kind, least, ...others]: Rule): string {
  if (kind === 'none') {
    if (option === 'monitor') return `${where}: monitor (${shown(value)}) is not available yet; leave it out`;
    return `${where}: there is no option '${option}' (got ${shown(value)}); it takes ${others.join(', ') || 'none'}`;
  }
  const wanted = others.map((other) => {
    if (typeof other === 'symbol') return other.description;
    if (typeof other !== 'function') return shown(other);
    return other === Object || other === Array ? `an ${other.name.toLowerCase()}` : `a ${other.name.toLowerCase()}`;
  });
  if (kind === 'count') wanted.unshift(`a whole number of at least ${String(least)}`);
  if (kind === 'duration') wanted.unshift(`a number of milliseconds from ${String(least ?? 0)} to 2147483647`);
  return `${where}: ${option} must be ${wanted.join(' or ')}, but ${option === 'options' ? 'they are' : 'it is'} ${shown(value)}`;
}

const reasons: Readonly<Record<string, string>> = {
  'concurrency: Infinity': 'is for this thread only, and this executor runs fewer at once; leave it out',
  'concurrency: an object': 'is in use by another subscription; make one for each with autoConcurrency()',
  min: 'is greater than max; let it be less, or max be more',
  start: 'is not between min and max; let it be, or leave it out',
  chunkSize:
    'above 1 cannot be given with key or transfer: a value that waits for its key, or whose buffers are moved, goes by itself; leave one of them out',
  timeoutValue: 'has no effect without timeoutMs; give timeoutMs, too',
  transfer:
    'cannot be given with retry: what was moved for the first attempt is gone for the second; copy it, or do not retry',
  executor:
    'cannot be given with a task, which belongs to an executor already; take the task of the other executor instead',
  onDrop: "is never called unless overflow is 'dropOldest' or 'dropNewest'",
  max: "is for 'auto' only; leave it out where a count is given",
  budget: "is for 'auto' only; leave it out where a count is given",
  overflow: 'needs a count of at least 1, since 0 keeps nothing',
  due: 'has neither firstMs nor eachMs; give one, or both',
  maxThreads: 'cannot be given together with executor; set the number of threads where you make the executor',
};

/** An option that fits alone makes no sense with the others, or not yet. */
export function refusal(where: string, option: string, value: unknown): string {
  const given = shown(value);
  return `${where}: ${option} (${given}) ${reasons[`${option}: ${given}`] ?? reasons[option] ?? 'cannot be used here'}`;
}

const texts = {
  overflow: (ready: number) =>
    `prefetch has ${String(ready)} values ready and no place for another, and its source cannot be held; take faster, keep more, or choose an overflow that drops.`,
  late: (stage: string, index: number, timeoutMs: number, attempt: number) =>
    `${stage} did not finish the value at index ${String(index)} within timeoutMs: ${String(timeoutMs)} of its start (attempt ${String(attempt)}), and was stopped. Allow more time, retry, or give a timeoutValue.`,
  noInstead: (stage: string, made: unknown, index: unknown) =>
    `${stage}: onError gave ${shown(made)} for the value at index ${String(index)}, where a stream is expected; give [value] for one value, [] for none, a promise, or an Observable.`,
  noWait: (stage: string, made: unknown, attempt: unknown) =>
    `${stage}: retry.delay gave ${shown(made)} after attempt ${String(attempt)}, where a stream is expected; give timer(milliseconds), a promise, or another Observable.`,
  streamsAgain: (stage: string, index: number) =>
    `${stage}: the result for the value at index ${String(index)} streams, and with retry such results travel alone: give chunkSize: 1, too.`,
  noFetch: (made: unknown) =>
    `expandFetch: makeFetch must return a function that brings the next page, but it returned ${shown(made)}. Did you forget next? expandFetch(fetch, next) calls fetch for each page.`,
  cancelled: (job: string) => `${job} was cancelled.`,
  deadlock: (circle: string) =>
    `This wait could never end: ${circle}. Wait for that job from outside, give the places more room, or start what is waited for first.`,
  shutDown: (task: unknown) => `JobRunner is shut down and takes no job of ${shown(task)}; make a new one.`,
  starved: (waiting: number, ms: number, running: string) =>
    `JobRunner: ${waiting === 1 ? '1 job has' : `${String(waiting)} jobs have`} been waiting for ${String(ms)} ms in which none began and none ended. At work: ${running}. ` +
    'Give it more workers (maxWorkers, and the executor’s own), or end loops with while (!currentTask().stopped).',
  interrupted: (signal: string) => `The process was interrupted by ${signal}; this run was stopped.`,
  noRows: (rows: unknown) =>
    `flatten: project must give an array, or something else with rows in it, but it gave ${shown(rows)}; give [] where there are none.`,
  noStep: (step: unknown) => `an iterator's next() must give an object with value and done, but it gave ${shown(step)}`,
  neverHeld: (count: unknown, passed: number) =>
    `prefetch(${shown(count)}) was not held once in ${String(passed)} values, so it fetches nothing ahead: what follows takes every value at once. ` +
    'Use asyncMap for concatMap or mergeMap with promises; flatten, collect, pace or timeoutAsSentinel for operators that keep values for later; holding() around an inner stream. ' +
    'All is well where what follows gathers more values than that before it works on them, as bufferCount(1000) does.',
} as const;

/** What went wrong while a stream ran. */
export function text<K extends keyof typeof texts>(key: K, ...details: Parameters<(typeof texts)[K]>): string {
  return (texts[key] as (...details: unknown[]) => string)(...details);
}

/** Warns on the console, unless the program says that it runs in production (`NODE_ENV`). */
export function warn<K extends keyof typeof texts>(key: K, ...details: Parameters<(typeof texts)[K]>): void {
  if (!isProduction()) console.warn(`rxjs-background: ${text(key, ...details)}`);
}

/** A function of the user's, called for an error. */
type Answer = (error: never, ...more: never[]) => unknown;

/** What becomes of a failed value, as far as the user's functions have a say in it. */
interface Policy {
  readonly onError?: string | Answer | undefined;
  readonly retry?: number | { readonly delay?: number | Answer } | undefined;
}

/** The same policy, whose functions fail with advice where they give no `ObservableInput`. */
export function advised<P extends Policy>(policy: P, stage: string): P {
  const { onError, retry } = policy;
  const delay = typeof retry === 'object' ? retry.delay : undefined;
  if (typeof onError !== 'function' && typeof delay !== 'function') return policy;
  return {
    ...policy,
    ...(typeof onError === 'function' && { onError: streaming('noInstead', stage, onError) }),
    ...(typeof delay === 'function' && { retry: { ...(retry as object), delay: streaming('noWait', stage, delay) } }),
  };
}

function streaming(key: 'noInstead' | 'noWait', stage: string, answer: Answer): Answer {
  return (error, ...more) => {
    const made = answer(error, ...more);
    try {
      void from(made as ObservableInput<unknown>);
    } catch {
      throw new TypeError(text(key, stage, made, more.at(-1)), { cause: error });
    }
    return made;
  };
}

/** After so many chances to hold that nothing took, a `prefetch` is taken for misplaced. */
const neverHeldAfter = 1000;

/** For the valve of each `prefetch` that watches: told how many of its values make a batch, and so one chance. */
const gatherers = new WeakMap<object, (size: number) => void>();

/**
 * Warns, once, when values pass through a `prefetch` that is never held. Gives what makes, for each subscription and its valve,
 * what is to be called with each value until something has held.
 */
export function watchHolds(count: unknown): ((valve: object) => () => void) | undefined {
  let hasWarned = false;
  return (valve) => {
    let passed = 0;
    let enough = neverHeldAfter;
    gatherers.set(valve, (size) => {
      enough = Math.max(enough, neverHeldAfter * size);
    });
    return () => {
      if (hasWarned || ++passed < enough) return;
      hasWarned = true;
      warn('neverHeld', count, passed);
    };
  };
}

/** What comes under `valve` is gathered into batches: before one is full, nobody works on it, and nobody could hold. */
export function gathers(valve: object | undefined, size: number): void {
  if (valve !== undefined) gatherers.get(valve)?.(size);
}

function isProduction(): boolean {
  try {
    // Written out, as bundlers replace exactly these words.
    return process.env.NODE_ENV === 'production';
  } catch {
    return false;
  }
}
