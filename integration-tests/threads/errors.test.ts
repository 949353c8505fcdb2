import { lastValueFrom, of, toArray, type OperatorFunction } from 'rxjs';
import { backgroundMap, TaskCloneError, TaskNotFoundError } from 'rxjs-background';
import { Gate, recordedCall } from 'rxjs-background/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { taskPool } from '../support/task-pool.js';

async function thrown(kind: string): Promise<unknown> {
  return failureOf(taskPool({ maxThreads: 1 }).tasks.throws(kind));
}

describe('what a task throws', () => {
  it.each([
    ['TypeError', TypeError, 't'],
    ['RangeError', RangeError, 'r'],
    ['SyntaxError', SyntaxError, 's'],
    ['ReferenceError', ReferenceError, 'f'],
    ['EvalError', EvalError, 'e'],
    ['URIError', URIError, 'u'],
  ])('arrives as the %s it is', async (kind, errorClass, message) => {
    const error = (await thrown(kind)) as Error;
    expect(Object.getPrototypeOf(error)).toBe(errorClass.prototype);
    expect([error.name, error.message]).toEqual([kind, message]);
  });

  it('keeps the errors of an AggregateError', async () => {
    const error = (await thrown('AggregateError')) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toEqual([new TypeError('inner'), 7]);
    expect(error.errors[0]).toBeInstanceOf(TypeError);
    const many = (await thrown('many')) as AggregateError;
    expect(many.errors).toHaveLength(300);
    expect(many.errors.at(-1)).toMatchObject({ message: '299' });
  });

  it('is a DOMException if it was one', async () => {
    const error = (await thrown('DOMException')) as DOMException;
    expect(error).toBeInstanceOf(DOMException);
    expect([error.name, error.message, error.code]).toEqual(['AbortError', 'd', 20]);
  });

  it('is an Error with name, code and own fields where its class is the user’s', async () => {
    const error = (await thrown('http')) as Error & Record<string, unknown>;
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(error).toMatchObject({ name: 'HttpError', message: 'status 404', code: 'E_HTTP', status: 404 });
    // The function in it stays where it is.
    expect(error['request']).toEqual({ url: 'http://x' });
  });

  it('keeps the nearest built-in class, a name set by its own, and a code that is a getter', async () => {
    const error = (await thrown('named')) as Error & { code: unknown };
    expect(error).toBeInstanceOf(RangeError);
    expect([error.name, error.message, error.code]).toEqual(['NamedError', 'n', 'E_NAMED']);
  });

  it('keeps its causes, all the way down', async () => {
    const error = (await thrown('cause')) as Error;
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.cause).toMatchObject({ message: 'middle', cause: { code: 3 } });
    const without = (await thrown('undefinedCause')) as Error;
    expect([Object.hasOwn(without, 'cause'), without.cause]).toEqual([true, undefined]);
  });

  it('may go in circles', async () => {
    const error = (await thrown('cycle')) as Error & { self: unknown };
    expect((error.cause as Error).message).toBe('b');
    expect((error.cause as Error).cause).toBe(error);
    expect(error.self).toBe(error);
  });

  it.each([
    ['string', 'x'],
    ['undefined', undefined],
    ['null', null],
    ['zero', 0],
    ['object', { reason: 'busy' }],
  ])('arrives as it is when it is no error: %s', async (kind, value) => {
    const pool = taskPool({ maxThreads: 1 });
    expect(await recordedCall(pool, 'throws', [kind]).outcome).toEqual({ error: value });
    expect(await recordedCall(pool, 'rejects', [kind]).outcome).toEqual({ error: value });
  });

  it.each([['function'], ['symbol']])('is a TaskCloneError when it is a %s', async (kind) => {
    const error = await thrown(kind);
    expect(error).toBeInstanceOf(TaskCloneError);
    expect((error as Error).message).toContain(`the thrown value is a ${kind}`);
  });

  it('may have properties that throw when they are read', async () => {
    expect(await thrown('hostile')).toMatchObject({ name: 'Error', message: 'm', cause: undefined });
  });

  it.each([
    ['proxy', 'throws when it is read'],
    ['revoked', 'throws when it is read'],
    ['deep', 'something very deep'],
  ])('may be what nobody can look at, or send: %s', async (kind, message) => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const error = await failureOf(pool.tasks.throws(kind));
    expect(error).toBeInstanceOf(TaskCloneError);
    expect((error as Error).message).toContain(message);
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
  });

  it('has the worker’s stack and the caller’s', async () => {
    async function theCaller(): Promise<unknown> {
      return failureOf(taskPool({ maxThreads: 1 }).tasks.throws('TypeError'));
    }
    const { stack } = (await theCaller()) as Error;
    const [inWorker, here] = stack!.split("--- task 'throws' on threads(tasks.mjs), called from ---");
    expect(inWorker).toMatch(/^TypeError: t\n/);
    expect(inWorker).toContain('tasks.mjs');
    expect(here!.trim().split('\n')[0]).toMatch(/theCaller.*errors\.test\.ts/);
  });

  it('has the stack of whoever made the operator, not of who subscribes to it', async () => {
    const framesBefore = Error.stackTraceLimit;
    Error.stackTraceLimit = 7;
    onTestFinished(() => {
      Error.stackTraceLimit = framesBefore;
    });
    function theMaker(): OperatorFunction<string, unknown> {
      return backgroundMap(taskPool({ maxThreads: 1 }).tasks.throws);
    }
    const { stack } = (await failureOf(of('TypeError').pipe(theMaker()))) as Error;
    const [, here] = stack!.split("--- task 'throws' (index 0) on threads(tasks.mjs), called from ---");
    expect(here!.trim().split('\n')[0]).toMatch(/theMaker.*errors\.test\.ts/);
    expect(here).not.toContain('background-map');
    expect(Error.stackTraceLimit).toBe(7);
  });

  it('has the worker’s stack alone where the program wants no stacks', async () => {
    const { tasks } = taskPool({ maxThreads: 1 });
    const framesBefore = Error.stackTraceLimit;
    onTestFinished(() => {
      Error.stackTraceLimit = framesBefore;
    });
    Error.stackTraceLimit = 0;
    const call$ = tasks.throws('TypeError');
    const mapped$ = of('TypeError').pipe(backgroundMap(tasks.throws));
    expect(Error.stackTraceLimit).toBe(0);
    for (const failing$ of [call$, mapped$]) {
      const { stack } = (await failureOf(failing$)) as Error;
      expect(stack).toMatch(/^TypeError: t\n.*tasks\.mjs/);
      expect(stack).not.toContain('called from');
    }
  });

  it('leaves its thread and its neighbours alone', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    await failureOf(pool.tasks.throws('TypeError'));
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
  });
});

describe('only a module’s own exported functions are tasks:', () => {
  it.each([
    ['nope'],
    ['answer'],
    ['constructor'],
    ['__proto__'],
    ['toString'],
    ['hasOwnProperty'],
    ['dispose'],
    ['default'],
  ])('%s is none', async (name) => {
    const pool = taskPool({ maxThreads: 1 });
    const { error } = (await recordedCall(pool, name).outcome) as { error: Error };
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect(error).toMatchObject({ code: 'ERR_TASK_NOT_FOUND' });
    expect(error.message).toMatch(new RegExp(`^threads\\(tasks\\.mjs\\) has no task '${name}'.*It has: .*add, `));
  });
});

/** A proxy that has been revoked. */
function unreadable(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwing(): unknown {
  return {
    get part(): never {
      throw new Error('no');
    },
  };
}

function deep(levels: number): unknown {
  let value: unknown[] = [];
  for (let left = levels; left > 0; left--) value = [value];
  return value;
}

describe('what cannot be cloned', () => {
  it.each<[unknown[], string]>([
    [[{ onClick() {} }], 'argument 1 .onClick is a function (onClick)'],
    [[1, [0, { 'a-b': Symbol('x') }]], "argument 2 [1]['a-b'] is a symbol"],
    [[new Map([['k', { f: () => 1 }]])], "argument 1 .get('k').f is a function"],
    [[new Set([1, () => 1])], 'argument 1 [member 1] is a function'],
    [[() => 1], 'argument 1 is a function'],
    [[Symbol('s')], 'argument 1 is a symbol'],
    [[{ p: Promise.resolve(1) }], 'argument 1 .p is a promise, which cannot cross to another thread. Await it first'],
    [[lastValueFrom, 1], 'argument 1 is a function (lastValueFrom)'],
    [[new WeakMap()], 'argument 1 is a WeakMap'],
  ])('is named, with where it stands: %o', async (args, message) => {
    const pool = taskPool({ maxThreads: 1 });
    const call = recordedCall(pool, 'echo', args, { index: 7 });
    const { error } = (await call.outcome) as { error: Error };
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toContain(`task 'echo' (index 7) on threads(tasks.mjs): ${message}`);
    expect(error.cause).toMatchObject({ name: 'DataCloneError' });
    expect(call.told).toEqual(['failed']);
    // The thread is none the worse.
    expect(await lastValueFrom(pool.tasks.add(1, 1))).toBe(2);
  });

  it.each<[string, () => unknown, string]>([
    ['a proxy', () => new Proxy({ a: 1 }, {}), 'argument 1 .it is a Proxy'],
    ['a proxy that lets nobody look', unreadable, 'argument 1 .it is an object that throws when it is read'],
    ['a getter that throws', throwing, 'argument 1 .it is an object that throws when it is read'],
    ['a generator', () => (function* () {})(), 'argument 1 .it is a Generator'],
    ['a list in a list in a list …', () => deep(20_000), 'argument 1 has something very deep in it'],
  ])('may be anything: %s, alone and among others', async (_, make, message) => {
    const pool = taskPool({ maxThreads: 1 });
    const error = (await failureOf(pool.tasks.echo({ it: make() }))) as Error;
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toContain(message);
    const ends$ = of(1, make(), 2).pipe(
      backgroundMap(pool.tasks.identity, { onError: (reason) => [(reason as Error).name] }),
      toArray(),
    );
    expect(await lastValueFrom(ends$)).toEqual([1, 'TaskCloneError', 2]);
    expect(pool.free).toBe(1);
  });

  it('gives advice for an Observable', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const error = (await failureOf(pool.tasks.echo(pool.tasks.add(1, 1)))) as Error;
    expect(error.message).toContain(
      'argument 1 is an Observable, which cannot cross to another thread. Subscribe to it',
    );
  });

  it.each([
    ['returnsFunction', 'the result .deep[1].handler is a function'],
    ['returnsSymbol', 'the result is a symbol'],
    ['returnsPromises', 'the result [0] is a promise'],
    ['wrongTransfer', 'transfer() lists cannot be moved'],
    ['returnsDeep', 'the result has something very deep in it'],
  ] as const)('is named in a result: %s', async (task, message) => {
    const pool = taskPool({ maxThreads: 1 });
    const id = await lastValueFrom(pool.tasks.threadId());
    const error = (await failureOf(pool.tasks[task]())) as Error;
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toContain(message);
    expect(await lastValueFrom(pool.tasks.threadId())).toBe(id);
  });

  it('says when it is the transfer list', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const buffer = new ArrayBuffer(8);
    for (const transfer of [[buffer, buffer], [{}]]) {
      const { error } = (await recordedCall(pool, 'echo', [1], { transfer }).outcome) as { error: Error };
      expect(error).toBeInstanceOf(TaskCloneError);
      expect(error.message).toContain('`transfer` lists cannot be moved');
    }
  });

  it('says that a buffer was moved before', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    const { error } = (await recordedCall(pool, 'echo', [{ pixels: buffer }]).outcome) as { error: Error };
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toContain('argument 1 .pixels is an ArrayBuffer that has been moved before');
  });

  it('says so where it is to be moved again, too: there, and back', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const buffer = new ArrayBuffer(8);
    const there = () => recordedCall(pool, 'echo', [{ pixels: buffer }], { transfer: [buffer] }).outcome;
    expect(await there()).toMatchObject({ value: [{ pixels: { byteLength: 8 } }] });
    const { error } = (await there()) as { error: Error };
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toContain('argument 1 .pixels is an ArrayBuffer that has been moved before');

    expect(await lastValueFrom(pool.tasks.movesKept())).toMatchObject({ kept: { byteLength: 8 } });
    const failure = await failureOf(pool.tasks.movesKept());
    expect(failure).toBeInstanceOf(TaskCloneError);
    expect((failure as Error).message).toContain('the result .kept is an ArrayBuffer that has been moved before');
  });

  it('says so of a view, or asks, where Node finds it only on arrival', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const bytes = new Uint8Array(8);
    const again = () => recordedCall(pool, 'echo', [bytes], { transfer: [bytes.buffer] }).outcome;
    await again();
    const { error } = (await again()) as { error: Error };
    expect(error).toBeInstanceOf(TaskCloneError);
    expect(error.message).toMatch(/is a Uint8Array that has been moved before|move no buffer twice/);
  });
});

describe('a failure', () => {
  it('is told before the next call’s end, in order', async () => {
    const pool = taskPool({ maxThreads: 1 });
    const gate = new Gate();
    const order: string[] = [];
    const calls = [
      recordedCall(pool, 'passGate', [gate.cells]),
      recordedCall(pool, 'throws', ['string']),
      recordedCall(pool, 'add', [1, 1]),
    ];
    calls.forEach((call, i) => void call.outcome.then(() => order.push(String(i))));
    await gate.arrived();
    gate.open();
    await Promise.all(calls.map(({ outcome }) => outcome));
    expect(order).toEqual(['0', '1', '2']);
  });
});
