import { of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Executor } from '../../src/executors/executor.js';
import { inline } from '../../src/executors/inline.js';
import { asyncMap } from '../../src/operators/async-map.js';
import { autoConcurrency } from '../../src/operators/auto-concurrency.js';
import { backgroundMap } from '../../src/operators/background-map.js';
import { TIMEOUT } from '../../src/operators/timeout.js';
import { all } from '../probes.js';

const here = inline({ run: (n: number) => n });
const elsewhere: Executor = { ...fake(), crossesBoundary: true };
/** Which of the values it was, when an expectation fails. */
const which = (value: unknown): string => JSON.stringify(value);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const maps = [
  ['asyncMap', (options: unknown) => asyncMap((n: number) => n, options as never)],
  ['backgroundMap', (options: unknown) => backgroundMap(here.tasks.run, options as never)],
] as const;

describe.each(maps)('%s refuses', (name, map) => {
  it.each([
    ['concurrency', [0, -1, 1.5, Number.NaN], RangeError],
    ['concurrency', ['2', null, 'all', {}, { pin: 1 }], TypeError],
    ['ordered', ['yes', 1, null], TypeError],
    ['maxPending', [0, -1, 2.5, Number.NaN], RangeError],
    ['maxPending', ['2', null], TypeError],
    ['key', ['id', null, {}], TypeError],
    ['select', ['x', null, {}], TypeError],
    ['timeoutMs', [-1, Number.NaN, Infinity, 2 ** 31], RangeError],
    ['timeoutMs', ['5', null], TypeError],
    ['retry', [-1, 1.5, Number.NaN], RangeError],
    ['retry', ['2', null, true, [1]], TypeError],
    ['onError', ['ignore', 'settled'], RangeError],
    ['onError', [1, null, {}], TypeError],
    ['name', [1, null], TypeError],
  ])('%s: %j, by name and value', (option, values, type) => {
    for (const value of values as unknown[]) {
      const make = (): unknown => map({ [option]: value });
      const shown = Array.isArray(value) ? 'an array' : isObject(value) ? 'an object' : String(value);
      expect(make, which(value)).toThrow(`${name}: ${option} must be `);
      expect(make, which(value)).toThrow(shown);
      expect(make, which(value)).toThrow(type);
    }
  });

  it.each([
    [{ count: -1 }, 'count must be ', '-1'],
    [{ count: 'x' }, 'count must be ', "'x'"],
    [{ delay: -5 }, 'delay must be ', '-5'],
    [{ delay: 'x' }, 'delay must be ', "'x'"],
    [{ resetOnSuccess: 1 }, 'resetOnSuccess must be ', '1'],
    [{ times: 2 }, "no option 'times'", '2'],
  ])('retry: %j, by name and value', (retry, what, value) => {
    expect(() => map({ retry })).toThrow(`${name}: retry`);
    expect(() => map({ retry })).toThrow(what);
    expect(() => map({ retry })).toThrow(value);
  });

  it('options that are no object, and unknown ones', () => {
    for (const options of [null, 5, 'x', [], () => 1])
      expect(() => map(options), which(options)).toThrow(
        expect.objectContaining({
          name: 'TypeError',
          message: expect.stringContaining(`${name}: options must be an object`) as string,
        }),
      );
    expect(() => map({ name: () => 1 })).toThrow(TypeError);
    expect(() => map({ concurency: 2 })).toThrow(`${name}: there is no option 'concurency' (got 2)`);
    expect(() => map({ toString: 1 })).toThrow(`${name}: there is no option 'toString' (got 1)`);
    expect(() => map({ constructor: 1 })).toThrow(`${name}: there is no option 'constructor' (got 1)`);
  });

  it('a timeoutValue without timeoutMs, by name', () => {
    expect(() => map({ timeoutValue: TIMEOUT })).toThrow(`${name}: timeoutValue (Symbol(rxjs-background.timeout))`);
    expect(() => map({ timeoutValue: TIMEOUT })).toThrow('timeoutMs');
    expect(() => map({ timeoutValue: undefined })).toThrow('timeoutMs');
  });

  it('what is not available yet, by name', () => {
    expect(() => map({ monitor: {} })).toThrow(/monitor .*not available yet/);
  });

  it('no function, or something else in its place', () => {
    for (const given of [undefined, null, 'resize', {}, 5]) {
      expect(
        () => (name === 'asyncMap' ? asyncMap(given as never) : backgroundMap(given as never)),
        which(given),
      ).toThrow(`${name}: ${name === 'asyncMap' ? 'project' : 'task'} must be a function, but it is `);
    }
  });
});

describe.each(maps)('%s takes', (_name, map) => {
  it.each([
    {},
    {
      concurrency: undefined,
      ordered: undefined,
      maxPending: undefined,
      key: undefined,
      select: undefined,
      timeoutMs: undefined,
      retry: undefined,
      onError: undefined,
      name: undefined,
    },
    { concurrency: 'auto' },
    { concurrency: autoConcurrency() },
    { concurrency: 1, ordered: false, maxPending: 1, timeoutMs: 0, retry: 0, onError: 'fail', name: '' },
    { concurrency: Infinity, maxPending: Infinity, retry: Infinity, timeoutMs: 2 ** 31 - 1, timeoutValue: undefined },
    { retry: {} },
    { retry: { count: undefined, delay: undefined, resetOnSuccess: undefined } },
    { retry: { count: 3, delay: 5, resetOnSuccess: true } },
    { retry: { delay: () => of(1) } },
    { retry: { count: 0, delay: 0 } },
    { maxPending: 2, concurrency: 5 },
  ])('%j', (options) => {
    expect(map(options)).toBeTypeOf('function');
  });
});

describe.each(maps)('%s reads its options when it is called,', (name, map) => {
  /** What three values bring. */
  const emitted = (options: unknown): unknown[] => all(of(1, 2, 3).pipe(map(options) as never));
  const select = (result: number): number => 10 * result;
  const selected = [10, 20, 30, 'complete'];

  it('wherever they are: frozen, without a prototype, inherited, or from a getter', () => {
    class Inheriting {
      get select() {
        return select;
      }
    }
    for (const options of [
      Object.freeze({ select }),
      Object.assign(Object.create(null) as object, { select }),
      Object.create({ select }) as object,
      new Inheriting(),
      new (class extends Inheriting {
        readonly concurrency = 2;
      })(),
    ])
      expect(emitted(options)).toEqual(selected);
  });

  it('and refuses them wherever they are', () => {
    const none = 0;
    class Wrong {
      get concurrency() {
        return none;
      }
    }
    for (const options of [new Wrong(), Object.create({ concurrency: 0 }) as object])
      expect(() => map(options)).toThrow(`${name}: concurrency must be `);
  });

  it('each once, so that what becomes of them later changes nothing', () => {
    const options = { select, onError: 'fail', retry: { count: 1 } };
    const read = vi.fn(() => 2);
    const mapped = map(Object.defineProperty(options, 'maxPending', { get: read, enumerable: true }));
    expect(read).toHaveBeenCalledOnce();
    Object.assign(options, { select: 5, onError: 'nothing' });
    Object.assign(options.retry, { count: 'many' });
    expect(all(of(1, 2, 3).pipe(mapped as never))).toEqual(selected);
  });
});

describe('backgroundMap refuses', () => {
  const map = (options: unknown): unknown => backgroundMap(here.tasks.run, options as never);
  const plain = (options: unknown): unknown => backgroundMap((n: number) => n, options as never);

  it.each([
    [{ args: 'x' }, "backgroundMap: args must be .*'x'"],
    [{ args: null }, 'backgroundMap: args must be .*null'],
    [{ args: { 0: 1 } }, 'backgroundMap: args must be .*an object'],
    [{ graceMs: -1 }, 'backgroundMap: graceMs must be .*-1'],
    [{ graceMs: '1' }, "backgroundMap: graceMs must be .*'1'"],
    [{ transfer: [] }, 'backgroundMap: transfer must be .*an array'],
    [{ chunkSize: 0 }, 'backgroundMap: chunkSize .*0'],
    [{ chunkSize: 'big' }, "backgroundMap: chunkSize .*'big'"],
    [{ chunkSize: 10, transfer: () => [] }, 'backgroundMap: chunkSize .*10.*transfer'],
    [{ chunkSize: 2, key: () => 1 }, 'backgroundMap: chunkSize .*2'],
  ])('%j', (options, message) => {
    expect(() => map(options)).toThrow(new RegExp(message));
  });

  it.each([1, 'auto'])('no chunkSize of %j beside what makes values go one by one', (chunkSize) => {
    expect(map({ chunkSize, key: () => 1 })).toBeTypeOf('function');
    expect(map({ chunkSize, transfer: () => [] })).toBeTypeOf('function');
  });

  it('transfer together with retry, by name', () => {
    const transfer = (): object[] => [];
    expect(() => map({ transfer, retry: 1 })).toThrow(/backgroundMap: transfer .*retry/);
    expect(() => map({ transfer, retry: { count: 1 } })).toThrow(/backgroundMap: transfer .*retry/);
    expect(map({ transfer, retry: 0 })).toBeTypeOf('function');
    expect(map({ transfer })).toBeTypeOf('function');
  });

  it('an executor that is none, and one together with a task that has its own', () => {
    for (const executor of ['threads', null, {}, 5])
      expect(() => plain({ executor }), which(executor)).toThrow(/backgroundMap: executor/);
    for (const [member, wrong] of Object.entries({ execute: 1, onRoom: undefined, capacity: '2', free: undefined }))
      expect(() => plain({ executor: { ...fake(), [member]: wrong } })).toThrow(
        new RegExp(`backgroundMap: executor\\.${member} must be .* but it is '?${String(wrong)}`),
      );
    expect(() => map({ executor: inline() })).toThrow(/backgroundMap: executor/);
    expect(plain({ executor: inline() })).toBeTypeOf('function');
  });

  it('what cannot be across a boundary', () => {
    expect(() => plain({ executor: elsewhere, concurrency: Infinity })).toThrow(
      /backgroundMap: concurrency .*Infinity/,
    );
    expect(plain({ executor: elsewhere, concurrency: 100 })).toBeTypeOf('function');
    expect(map({ concurrency: Infinity })).toBeTypeOf('function');
  });

  it('streamAhead that is no number of values, and takes one wherever it runs', () => {
    for (const executor of [elsewhere, inline()]) {
      for (const streamAhead of [0, 1.5, -1, '4', null, NaN])
        expect(() => plain({ executor, streamAhead })).toThrow(/backgroundMap: streamAhead must be a whole number/);
      expect(plain({ executor, streamAhead: 1 })).toBeTypeOf('function');
    }
    expect(() => map({ chunksize: 1 })).toThrow(/there is no option 'chunksize' \(got 1\); it takes .*streamAhead/);
  });
});

function fake(): Executor {
  return {
    name: 'elsewhere',
    capacity: 1,
    free: 1,
    crossesBoundary: false,
    execute: () => () => undefined,
    onRoom: () => () => undefined,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
