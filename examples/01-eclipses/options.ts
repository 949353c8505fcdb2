import { availableParallelism } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';

export interface Options {
  /** Eclipses from this moment on. */
  readonly from: Date;
  readonly minPopulation: number;
  /** At most so many cities, the largest. */
  readonly limit: number;
  /** Rows per page. */
  readonly page: number;
  readonly threads: number;
  /** Simulated latency of each statement, in milliseconds. */
  readonly roundTripMs: number;
  readonly fresh: boolean;
  readonly directory: string;
  readonly compare: boolean;
}

export const usage = `When will each large city next see a solar eclipse?

  npm start -- [options]

  --from DATE           eclipses from this day on, such as 2026-01-15 (default: today)
  --min-population N    cities of at least N people (default: 100000)
  --limit N             the N largest of them only
  --page N              rows per page (default: 100)
  --threads N           search threads (default: one per core, here ${String(availableParallelism())})
  --round-trip MS       pretend that the database is MS milliseconds away
  --fresh               forget what earlier runs have found
  --data DIR            where PGlite keeps the database (default: .data/eclipses)
  --no-compare          leave out the comparison at the end
  --help                show this

With DATABASE_URL set, the cities live on that PostgreSQL server instead.`;

/** What the user can put right: reported in one line, without a stack. */
export class UserError extends Error {}

const known = {
  from: { type: 'string' },
  'min-population': { type: 'string', default: '100000' },
  limit: { type: 'string' },
  page: { type: 'string', default: '100' },
  threads: { type: 'string' },
  'round-trip': { type: 'string', default: '0' },
  fresh: { type: 'boolean', default: false },
  data: { type: 'string', default: '.data/eclipses' },
  'no-compare': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** The options, or `undefined` when help was asked for. */
export function readOptions(args: readonly string[]): Options | undefined {
  const given = parse(args);
  if (given.help) return undefined;
  if (given.data === '') throw new UserError('--data must name a directory, but it is empty');
  return {
    from: given.from === undefined ? today() : day('--from', given.from),
    minPopulation: whole('--min-population', given['min-population'], 0, 1e9),
    limit: given.limit === undefined ? 1e9 : whole('--limit', given.limit, 1, 1e9),
    page: whole('--page', given.page, 1, 10_000),
    threads: given.threads === undefined ? availableParallelism() : whole('--threads', given.threads, 1, 256),
    roundTripMs: whole('--round-trip', given['round-trip'], 0, 10_000),
    fresh: given.fresh,
    directory: given.data,
    compare: !given['no-compare'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: known, strict: true }).values;
  } catch (error) {
    const [message = ''] = (error as Error).message.split('\n');
    throw new UserError(message);
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UserError(`${option} must be a whole number from ${String(least)} to ${String(most)}, but it is '${text}'`);
}

function day(option: string, text: string): Date {
  const date = new Date(`${text}T00:00:00Z`);
  const real = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  if (real && date.getUTCFullYear() >= 1700 && date.getUTCFullYear() < 2200) return date;
  throw new UserError(`${option} must be a day from 1700 to 2199, such as 2026-01-15, but it is '${text}'`);
}

function today(): Date {
  return day('today', new Date().toISOString().slice(0, 10));
}
