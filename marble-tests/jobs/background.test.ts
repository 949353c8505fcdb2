import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { backgroundMap, configureDefault, inline, TaskNotFoundError } from '../../src/index.js';
import { background, start } from '../../src/jobs/index.js';
import { HandExecutor } from '../executors/hand-executor.js';

/** A module of no more than this text. */
const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

describe('background', () => {
  it('runs nothing until it is called and subscribed, or started', async () => {
    let calls = 0;
    const counted = background(() => ++calls, { executor: inline() });
    const cold = counted();
    expect(calls).toBe(0);
    expect([await lastValueFrom(cold), await lastValueFrom(cold)]).toEqual([1, 2]);
    const job = counted.start();
    expect(calls).toBe(3);
    expect([await job, await job]).toEqual([3, 3]);
  });

  it('asks for no executor before it is called', () => {
    let asked = 0;
    configureDefault({ executor: new Proxy(inline(), { get: (target, name) => (asked++, Reflect.get(target, name) as unknown) }) });
    const before = asked;
    background(() => 1);
    background('file:///tasks.js', 'work');
    expect(asked).toBe(before);
  });

  it('makes a task like any other', async () => {
    const plus = background((a: number, b: number) => a + b, { executor: inline() });
    expect(await lastValueFrom(of(1, 2).pipe(backgroundMap(plus, { args: [10] }), toArray()))).toEqual([11, 12]);
    expect(await start(plus, 1, 2)).toBe(3);
  });

  it('goes to what is the default executor at the time of each call', async () => {
    const work = background((n: number) => n);
    const [first, second] = [new HandExecutor(1), new HandExecutor(1)];
    configureDefault({ executor: first });
    const job = work.start(1);
    configureDefault({ executor: second });
    work(2).subscribe();
    expect([first, second].map(({ calls }) => calls.map(({ call }) => call.args))).toEqual([[[1]], [[2]]]);
    first.calls[0]!.listener.result('first');
    expect(await job).toBe('first');
  });

  it('takes the function of a module by its name', async () => {
    const url = moduleOf('export const double = (n) => 2 * n; export function half(n) { return n / 2; }');
    const half = background<(n: number) => number>(url, 'half', { executor: inline() });
    expect(await half.start(4)).toBe(2);
    expect(await background<(n: number) => number>(new URL(url), 'double', { executor: inline() }).start(4)).toBe(8);
  });

  it.each([
    ['its only function', 'export const double = (n) => 2 * n; export const version = 1; export const dispose = () => 1;'],
    ['its default', 'export default (n) => 2 * n; export const half = (n) => n / 2;'],
  ])('takes of a module without a name %s', async (_what, text) => {
    expect(await background<(n: number) => number>(moduleOf(text), undefined, { executor: inline() }).start(4)).toBe(8);
  });

  it.each([['missing'], ['version'], ['dispose'], ['toString'], [undefined]])('has no task %s where the module has none', async (name) => {
    const url = moduleOf('export const a = () => 1; export const b = () => 1; export const version = 1; export const dispose = () => 1;');
    const error: unknown = await background(url, name, { executor: inline() }).start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect((error as Error).message).toMatch(/^background: data:.* has no task '.*'; it must export it as a function of its own. It has: a, b.$/);
  });

  it('fails with what the module fails with when it is loaded', async () => {
    const broken = background(moduleOf('throw new RangeError("broken")'), 'work', { executor: inline() });
    await expect(broken.start()).rejects.toThrow(new RangeError('broken'));
    const folder = new URL('../../integration-tests/fixtures/', import.meta.url);
    const importing = moduleOf(`import ${JSON.stringify(new URL('nobody-is-here.mjs', folder).href)};`);
    await expect(background(importing, 'work', { executor: inline() }).start()).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });

  it.each<[unknown[], RegExp]>([
    [[5], /background: task must be a function or 'new URL/],
    [['./tasks.js'], /background: task must be a function or 'new URL.*but it is '.\/tasks.js'/],
    [[null], /background: task must be/],
    [[() => 1, { executor: {} }], /background: executor.execute must be a function/],
    [[() => 1, { on: 1 }], /background: there is no option 'on'/],
    [['file:///tasks.js', 5], /background: name must be a string, but it is 5/],
  ])('refuses %o', (args, message) => {
    expect(() => (background as (...args: unknown[]) => unknown)(...args)).toThrow(message);
  });
});
